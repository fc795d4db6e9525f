// Prints as JSON what git would run as, if a worker of this process's user and rights had its mirror in a folder.
// Arguments: the folder, and a user to become first, if any.
import { accountFor } from '../../src/clients/account.js';

const [folder = '', user] = process.argv.slice(2);
if (user !== undefined) {
  process.setgid?.(Number(user));
  process.setuid?.(Number(user));
}
console.log(JSON.stringify(await accountFor('git', { folder, paths: ['git', folder] })));
