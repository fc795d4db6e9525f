import { pino } from 'pino';
import type { Logger } from 'pino';
import { ConfigError } from '../config.js';
import type { Running } from '../http/server.js';

/** What is still open when all was closed in order is waited for no longer, ms. */
const LEFT_OVER_MS = 1_000;

/** Exit code for an environment that has mistakes (sysexits.h: EX_CONFIG). */
const CONFIG_MISTAKES = 78;

/** Logs in JSON lines; anything that is called like a secret is blanked (invariant 24). */
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
 * Runs a process until SIGTERM, SIGINT or the end of the one that keeps it, then closes it in order; a
 * second signal ends it at once.
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
    // Started by `npm start`, which was killed: ending frees the port for its next start.
    process.once('disconnect', () => {
      log.warn('the process that keeps this one is gone: closing');
      resolve();
    });
  });
  // From here on it is this process that goes.
  process.removeAllListeners('disconnect');
  await running.close();
  log.info('closed');
  // A library's timer, as that of a queue that is away, keeps no process that has closed.
  setTimeout(() => process.exit(), LEFT_OVER_MS).unref();
  if (process.connected) process.disconnect();
}

/** Tells a mistake in the environment as a person would want to read it, and ends. */
export async function orExplain<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(CONFIG_MISTAKES);
  }
}
