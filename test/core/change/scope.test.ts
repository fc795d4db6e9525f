import { expect, test } from '@jest/globals';
import { landing } from '../../../lab/acme/story.js';
import { resolveGrant } from '../../../src/core/change/resolve.js';
import { providers } from '../../support/core/policy-files.js';
import { usesData } from '../../support/core/uses.js';

const resolved = (role: string, actions: readonly string[]) =>
  resolveGrant(
    {
      ...{ ...landing.declared, lines: { scope: 7 }, resource: 'orders-host', role },
      scope: { actions },
    },
    {
      data: {
        ...usesData,
        identities: { ...usesData.identities, patterns: { strict: 'gh_{login}' } },
      },
      accounts: { alice: { id: 101, login: 'alice', type: 'User', member: true } },
      providers,
    },
  );

test.each([
  ['operator', ['logs'], []],
  ['operator', ['restart', 'logs'], []],
  ['admin', ['anything'], []],
  [
    ...(['operator', ['logs', 'shell']] as const),
    ['scope: the role does not allow the action "shell". Its actions: restart, logs.'],
  ],
])('invariant 19: a scope of %s with %j names actions of the role', (role, actions, messages) => {
  const found = resolved(role, actions);
  expect(found.ok ? [] : found.problems.map(({ message }) => message)).toEqual(messages);
  if (!found.ok) expect(found.problems[0]).toMatchObject({ code: 'scope_not_allowed', line: 7 });
});
