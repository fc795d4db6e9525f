import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

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
