// `npm run bench`: installs and compiles what is missing, then runs bench/main.ts, which has a `--help` of its own.
import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';

await ensureInstalled();
await ensureBuilt();
const tsx = await import('tsx/esm/api');
tsx.register();
await import('../bench/main.ts');
