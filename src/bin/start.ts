import { once } from 'node:events';
import { ownFolder, startOwnDatabase } from '../compose/start.js';
import { DATABASES, readStart } from '../config.js';
import { processEnvironment, keepRunning, runOnce } from './processes.js';
import { createLog, orExplain } from './until-signal.js';

const config = await orExplain(async () => readStart(process.env, processEnvironment));
const log = createLog('start', 'info');

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
const signalled = Promise.race(SIGNALS.map((signal) => once(process, signal)));
// Under npm one Ctrl-C sends two signals: the second must not leave the database running.
for (const signal of SIGNALS) process.on(signal, () => undefined);
const database = config.own ? await startOwnDatabase(ownFolder(config.DAYPASS_HOME)) : null;
if (database) {
  log.info('DATABASE_URL is not set: running our own PostgreSQL, which is meant for one machine');
}
const env = {
  ...process.env,
  ...(database && Object.fromEntries(DATABASES.map((n) => [n, database[n]]))),
};
await runOnce('release', env);
const said = (line: string) => {
  log.warn(line);
};
const worker = keepRunning('worker', env, said);
const web = keepRunning('web', env, said);
const pdp = config.pdp ? keepRunning('pdp', env, said) : null;
const gone = await Promise.race([
  signalled.then(() => false),
  ...(database ? [database.exited.then(() => true)] : []),
]);
if (gone) log.error('our own PostgreSQL exited unexpectedly: run npm start again to recover');
log.info('closing: web first, then the worker, then the database');
await Promise.all([web.stop(10_000), pdp?.stop(12_000)]);
await worker.stop(30_000);
await database?.stop();
log.info('closed');
process.exit(gone ? 1 : 0);
