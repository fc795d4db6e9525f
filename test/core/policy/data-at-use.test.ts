import { describe, expect, test } from '@jest/globals';
import { parsePolicyData } from '../../../src/core/policy/data.js';
import { reachedAnew } from '../../../src/core/policy/targets.js';
import { CATALOG, usesData } from '../../support/core/uses.js';
import { FILES, policyProblems, providers } from '../../support/core/policy-files.js';

const path = 'catalog/orders-host.yaml';
const changed = (from: string, to: string) => ({ [path]: CATALOG.replace(from, to) });

describe('what a role allows at use', () => {
  test('is read as the catalog says it; a role that says nothing has none of the keys', () => {
    const { type, roles } = usesData.catalog['orders-host'] ?? {};
    expect(type).toBe('host');
    expect(roles?.['operator']).toEqual({
      ...{ entitlement: { member_of: 'operator' }, risk: 'normal', actions: ['restart', 'logs'] },
      commands: {
        restart: [['systemctl', 'restart', 'orders-*']],
        logs: [['journalctl', '-u', 'orders-*', '**']],
      },
    });
    expect(roles?.['nothing']).toEqual({ entitlement: { member_of: 'nobody' }, risk: 'normal' });
  });

  test.each([
    ['actions: [get, select, logs]', 'actions: [a b]', ':8 roles.reader.actions.1: "a b"'],
    [
      'actions: [get, select, logs]',
      'actions: [get, "*", logs]',
      ':8 roles.reader.actions: "*" is',
    ],
    ['actions: [get, select, logs]', 'actions: [get, get]', ':8 roles.reader.actions: a list'],
    ['actions: [get, select, logs]', 'actions: []', ':8 roles.reader.actions: a list'],
    ['actions: [get, select, logs]', 'actions: [get]', ':10 roles.reader.commands.logs: the role'],
    ['routes: { get:', 'routes: { put:', ':9 roles.reader.routes.put: the role does not allow'],
    ['GET /v1/orders/**', 'GET /v1/../x', ':9 roles.reader.routes.get.1: the path "/v1/../x"'],
    ['GET /v1/orders/**', 'get /v1', ':9 roles.reader.routes.get.1: the method'],
    ['[systemctl, restart,', '["*", restart,', ':15 roles.operator.commands.restart.1: a command'],
    ['[systemctl, restart,', '["**", restart,', ':15 roles.operator.commands.restart.1: a command'],
    ['[[systemctl, restart, "orders-*"]]', '[[]]', ':15 roles.operator.commands.restart.1'],
    ['[[systemctl, restart, "orders-*"]]', '[systemctl]', ':15 roles.operator.commands.restart.1'],
    ['type: host', 'type: a host', ':2 type: "a host" is not allowed. Use a type: '],
  ])('%s → %s is one problem on its line', (from, to, problem) => {
    expect(policyProblems(changed(from, to))).toEqual([
      expect.stringContaining(`policies/${path}${problem}`),
    ]);
  });

  test('who changes it gives something new: all policy owners are asked', () => {
    for (const [from, to] of [
      ['actions: [restart, logs]', 'actions: [restart, logs, shell]'],
      ['GET /v1/orders/**', 'GET /**'],
      ['"orders-*"]]', '"*"]]'],
    ] as const) {
      const given = parsePolicyData({ ...FILES, ...changed(from, to) }, providers);
      if (!given.ok) throw new Error(JSON.stringify(given.problems));
      expect(reachedAnew(usesData, given.value, providers).any).toBe(true);
    }
    expect(reachedAnew(usesData, usesData, providers).any).toBe(false);
  });
});
