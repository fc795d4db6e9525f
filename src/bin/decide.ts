import { runPdp } from '../compose/pdp.js';
import { readConfig } from '../config.js';
import { createLog, untilSignal } from './until-signal.js';

/** How often this process says that it comes back, ms: its supervisor ends it when it does not. */
const ALIVE_MS = 100;

await untilSignal(async () => {
  const config = readConfig('pdp', process.env);
  const log = createLog('pdp', config.LOG_LEVEL);
  const running = await runPdp(config, log);
  const alive = setInterval(() => process.send?.('alive'), ALIVE_MS);
  return {
    running: {
      port: running.port,
      close: async () => {
        await running.close();
        clearInterval(alive);
      },
    },
    log,
  };
});
