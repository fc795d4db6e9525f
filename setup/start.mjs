// `npm start`: installs and compiles what is missing, then runs Daypass. Without DATABASE_URL it
// runs a PostgreSQL of its own; see src/bin/start.ts.
import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';

await ensureInstalled();
await ensureBuilt();
await import('../dist/bin/start.js');
