// `npm run demo`: installs and compiles what is missing, then plays the story in
// lab/demo/main.ts. `npm run demo -- --keep` leaves everything running.
import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';

await ensureInstalled();
await ensureBuilt();
const tsx = await import('tsx/esm/api');
tsx.register();
await import('../lab/demo/main.ts');
