// Owns an embedded server until SIGTERM, so that tests can kill an owner. Argument: the folder's
// path below embeddedHome(). Prints one line {"url", "pid", "folder"} when the server is ready.
import { join } from 'node:path';
import { embeddedHome } from '../../src/adapters/postgres/embedded/account.js';
import { startCluster } from '../../src/adapters/postgres/embedded/cluster.js';

const folder = join(embeddedHome(), process.argv[2] ?? 'owner');
const cluster = await startCluster({ folder });
process.once('SIGTERM', () => void cluster.stop());
console.log(JSON.stringify({ url: cluster.superuserUrl, pid: cluster.pid, folder }));
