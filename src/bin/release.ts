import { runRelease } from '../compose/release.js';
import { readConfig } from '../config.js';
import { createLog, orExplain } from './until-signal.js';

const config = await orExplain(() =>
  Promise.resolve().then(() => readConfig('release', process.env)),
);
const log = createLog('release', config.LOG_LEVEL);
await runRelease(config);
log.info('the ledger, the queue and the roles are up to date');
