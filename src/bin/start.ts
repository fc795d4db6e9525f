import { once } from 'node:events';
import { ownFolder, startOwnDatabase } from '../compose.js';
import { ConfigError, readConfig } from '../config.js';
import { environmentOf, keepRunning, runOnce } from './processes.js';
import { createLog, orExplain } from './until-signal.js';

/** Stands where a URL will be once the own PostgreSQL runs, so that the rest can be checked before. */
const LATER = 'postgresql://later:later@127.0.0.1/later';
const DATABASES = ['RELEASE_DATABASE_URL', 'DATABASE_URL', 'WEB_DATABASE_URL'] as const;

const own = process.env.DATABASE_URL === undefined;
const log = createLog('start', 'info');

/** Every mistake of every process, before anything is started. */
function check(env: Readonly<Record<string, string | undefined>>): void {
  const mistakes = new Set<string>();
  for (const name of ['web', 'worker', 'release'] as const) {
    try {
      readConfig(name, environmentOf(name, env));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      error.mistakes.forEach((mistake) => mistakes.add(mistake));
    }
  }
  if (mistakes.size > 0) throw new ConfigError([...mistakes]);
}

await orExplain(() =>
  Promise.resolve().then(() => {
    check(
      own
        ? { ...process.env, ...Object.fromEntries(DATABASES.map((n) => [n, LATER])) }
        : process.env,
    );
  }),
);

const signalled = Promise.race(['SIGTERM', 'SIGINT'].map((signal) => once(process, signal)));
const database = own ? await startOwnDatabase(ownFolder(process.env.DAYPASS_HOME)) : null;
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
