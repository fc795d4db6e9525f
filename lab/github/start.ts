import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { keepCalls } from './calls.js';
import type { Clock } from './clock.js';
import { startClockInFile } from './clock.js';
import { keepDeliveries } from './deliveries.js';
import { keepFaults } from './faults.js';
import { closeShells } from './git/shell.js';
import type { GitHub } from './github.js';
import { keepTurns } from './github.js';
import { plant } from './plant.js';
import { keepRateLimits } from './rate-limits.js';
import type { Seed, SeedInput } from './seed.js';
import { parseSeed } from './seed.js';
import { serveGitHub } from './server.js';
import type { State } from './state.js';
import { keepViolations } from './violations.js';

export interface StartOptions {
  /** 0, the default, picks a free one. */
  readonly port?: number;
  /** An empty folder for the bare repositories; without it a temporary one, removed at the end. */
  readonly data?: string;
  readonly clock?: Clock;
  /** Numbers from 0 to 1; decides what delivery faults hit. */
  readonly random?: () => number;
  /** Check every answer and webhook against GitHub's published descriptions (the default). */
  readonly strict?: boolean;
  /**
   * `close` ignores calls that no route answers and answers that GitHub would not give, for tests that provoke or read
   * them.
   */
  readonly forgiving?: boolean;
}

export interface RunningGitHub {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Its time, for `DAYPASS_CLOCK`. */
  readonly clock_url: string;
  readonly state: State;
  readonly github: GitHub;
  /** Ends it. Throws if it got calls that it does not know, or its answers did not match GitHub's own descriptions. */
  close(): Promise<void>;
}

/**
 * Starts a GitHub in this process, on 127.0.0.1. A seed's relative paths are relative to the working directory: give it
 * inline keys and files, or read it from a file with `readSeed`.
 */
export async function startGitHub(
  seed: SeedInput | Seed,
  options: StartOptions = {},
): Promise<RunningGitHub> {
  const dir = options.data ?? (await mkdtemp(join(tmpdir(), 'stand-in-github-')));
  await mkdir(dir, { recursive: true });
  const file = join(dir, 'clock');
  const clock = options.clock ?? startClockInFile(file);
  const state = await plant(parseSeed(seed, process.cwd()), clock, dir);
  const violations = keepViolations(options.strict ?? true);
  const deliveries = keepDeliveries(clock, options.random ?? Math.random);
  const github: GitHub = {
    state,
    deliveries: violations.watch(deliveries),
    violations,
    calls: keepCalls(),
    faults: keepFaults(),
    limits: keepRateLimits(state),
    inTurn: keepTurns(),
  };
  const server = serveGitHub(github);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: state.url,
    clock_url: options.clock ? `${state.url}/_stand-in/clock` : pathToFileURL(file).href,
    state,
    github,
    async close() {
      await deliveries.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      closeShells();
      if (options.data === undefined) await rm(dir, { recursive: true, force: true });
      const astray = [...github.calls.unknown(), ...violations.list()];
      if (astray.length > 0 && !options.forgiving)
        throw new Error(
          `the stand-in for GitHub got unknown calls or gave wrong answers: ${JSON.stringify(astray)}`,
        );
    },
  };
}
