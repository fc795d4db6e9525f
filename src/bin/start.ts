import { once } from 'node:events';
import { ownFolder, startOwnDatabase } from '../compose/start.js';
import { DATABASES, readStart } from '../config.js';
import { environmentOf, keepRunning, runOnce } from './processes.js';
import { createLog, orExplain } from './until-signal.js';

const config = await orExplain(async () => readStart(process.env, environmentOf));
const log = createLog('start', 'info');

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
const signalled = Promise.race(SIGNALS.map((signal) => once(process, signal)));
// Of one Ctrl-C two signals come where npm stands between: the second must not leave the database behind.
for (const signal of SIGNALS) process.on(signal, () => undefined);
const database = config.own ? await startOwnDatabase(ownFolder(config.DAYPASS_HOME)) : null;
if (database) {
  log.info('no DATABASE_URL is given: a PostgreSQL of our own runs here, which is for one machine');
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
const gone = await Promise.race([
  signalled.then(() => false),
  ...(database ? [database.exited.then(() => true)] : []),
]);
if (gone) log.error('our own PostgreSQL has ended by itself: start again, which heals it');
log.info('closing: web first, then the worker, then the database');
await web.stop(10_000);
await worker.stop(30_000);
await database?.stop();
log.info('closed');
process.exit(gone ? 1 : 0);
