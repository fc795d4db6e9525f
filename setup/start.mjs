// `npm start`: installs and compiles what is not there yet, then becomes Daypass. With no
// DATABASE_URL it runs a PostgreSQL of its own; see dist/bin/start.js.
import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';

await ensureInstalled();
await ensureBuilt();
await import('../dist/bin/start.js');
