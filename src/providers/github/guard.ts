import { TargetFault } from '../../ports.js';
import type { Protected } from '../../ports.js';
import type { GitHub } from './connect.js';

/**
 * What must not be given here, read again before each call that gives (invariant 9). Throws if the App is installed on
 * the access repository: then it could change who approves (invariant 25).
 */
export async function protectedBy(github: GitHub): Promise<Protected> {
  const found = await github.app.protects();
  if (await github.installedOn(found.repository))
    throw new TargetFault(
      `the App for targets is installed on ${found.repository}: uninstall it there; until then Daypass gives nothing`,
      true,
    );
  return found;
}
