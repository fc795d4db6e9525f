import { runWeb } from '../compose/web.js';
import { readConfig } from '../config.js';
import { createLog, untilSignal } from './until-signal.js';

await untilSignal(async () => {
  const config = readConfig('web', process.env);
  const log = createLog('web', config.LOG_LEVEL);
  return { running: await runWeb(config, log), log };
});
