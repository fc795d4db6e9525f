import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { CAPABILITIES, SCHEMAS } from '../../src/adapters/opa/assets.js';
import { accountFor, type OsAccount } from '../../src/clients/account.js';

/** The OPA on the PATH, where the test script puts it. Tests that need it are in `*.opa.test.ts`. */
export function opaOnPath(): string {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    try {
      const path = join(folder, 'opa');
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      continue;
    }
  }
  throw new Error('There is no opa on the PATH: `npm test` gets it.');
}

/**
 * The same, and the account that a worker would run it as: one of its own where the tests run as root. If that account
 * cannot reach this checkout, OPA runs as root: the test says so, and does not count in CI.
 */
export async function opaAsInWorker(
  folder: string,
): Promise<{ readonly opa: string; readonly account: OsAccount | undefined }> {
  const opa = opaOnPath();
  const paths = [opa, CAPABILITIES, SCHEMAS];
  const { account, obstacle } = await accountFor('opa', { folder, paths });
  if (obstacle !== null) {
    const said = `OPA runs as root here: ${obstacle}`;
    if (process.env['CI'] === 'true') throw new Error(said);
    process.stderr.write(`${said}\n`);
  }
  return { opa, account };
}
