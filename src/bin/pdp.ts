import { once } from 'node:events';
import { readConfig } from '../config.js';
import { keepRunning } from './processes.js';
import { createLog, orExplain } from './until-signal.js';

/** A process that has not come back for so long is ended (invariant 26), ms. Whoever asks it gets no answer meanwhile. */
const SILENCE_MS = 1_000;

const config = await orExplain(async () => readConfig('pdp', process.env));
const log = createLog('pdp supervisor', config.LOG_LEVEL);
const decide = keepRunning('decide', process.env, (line) => log.warn(line), SILENCE_MS);
await Promise.race([
  once(process, 'SIGTERM'),
  once(process, 'SIGINT'),
  once(process, 'disconnect'),
]);
await decide.stop(10_000);
process.exit();
