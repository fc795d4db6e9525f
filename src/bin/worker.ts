import { runWorker } from '../compose/worker.js';
import { readConfig } from '../config.js';
import { findOpa } from './find-opa.js';
import { createLog, untilSignal } from './until-signal.js';

await untilSignal(async () => {
  const config = readConfig('worker', process.env);
  const log = createLog('worker', config.LOG_LEVEL);
  return { running: await runWorker(config, await findOpa(process.env), log), log };
});
