import { pino } from 'pino';
import type { Logger } from 'pino';
import { ConfigError } from '../config.js';
import type { Running } from '../http/server.js';

/** How long to wait for anything still open after an orderly close, ms. */
const LEFT_OVER_MS = 1_000;

/** Exit code for mistakes in the environment (sysexits.h: EX_CONFIG). */
const CONFIG_MISTAKES = 78;

/** A log of JSON lines that blanks every field named like a secret (invariant 24). */
export function createLog(name: string, level: string): Logger {
  return pino({
    name,
    level,
    redact: {
      paths: [
        '*.password',
        '*.token',
        '*.secret',
        '*.privateKey',
        '*.connectionString',
        '*.url',
        'err.request',
        'err.config',
        'err.client',
        'err.cause.client',
      ],
      censor: '[secret]',
    },
  });
}

/**
 * Runs a process until it gets SIGTERM or SIGINT, or until the process that started it dies, then closes it in
 * order. A second signal ends it at once.
 */
export async function untilSignal(
  start: () => Promise<{ running: Running; log: Logger }>,
): Promise<void> {
  const { running, log } = await orExplain(start);
  log.info({ port: running.port, pid: process.pid }, 'ready');
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(1));
        log.info({ signal }, 'closing');
        resolve();
      });
    }
    // `npm start` was killed: exiting frees the port for its next start.
    process.once('disconnect', () => {
      log.warn('the process that started this one has died: closing');
      resolve();
    });
  });
  // From here on it is this process that disconnects.
  process.removeAllListeners('disconnect');
  await running.close();
  log.info('closed');
  // A library's timer, such as one that retries an unreachable queue, must not keep a closed process running.
  setTimeout(() => process.exit(), LEFT_OVER_MS).unref();
  if (process.connected) process.disconnect();
}

/** Runs `work`; prints a mistake in the environment for people to read and exits. */
export async function orExplain<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(CONFIG_MISTAKES);
  }
}
