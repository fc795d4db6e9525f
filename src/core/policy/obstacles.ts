import type { Problem } from '../reading/problem.js';
import type { PolicyData } from './catalog.js';
import { unboundTargets } from './targets.js';

/**
 * What keeps a policy that loads from coming into force. A tree that is in force already stays so: what was allowed when
 * it was approved is mended by the next change of policy.
 */
export function obstacles(data: PolicyData): readonly Problem[] {
  return [...unboundTargets(data), ...barePatterns(data)];
}

/** Whoever renames their account to the name of a service would get its login. */
function barePatterns({ identities }: PolicyData): readonly Problem[] {
  return Object.entries(identities.patterns).flatMap(([provider, pattern]): readonly Problem[] => {
    if (pattern !== '{login}') return [];
    const message = `patterns.${provider}: the login alone is not enough: whoever renames their account to the name of a service there would get its access. Add something that no service has ("gh_{login}", "{login}@example.org") and name the logins there so, or list each person under people.`;
    const path = 'policies/identities.yaml';
    return [{ path, line: null, code: 'bare_login', message }];
  });
}
