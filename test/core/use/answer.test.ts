import { describe, expect, test } from '@jest/globals';
import { GRANT, landing, minute } from '../../../lab/acme/story.js';
import { answeredUse, deniedUse, faultyUse, type UseAnswer } from '../../../src/core/use/answer.js';
import { smallestGrant } from '../../../src/core/use/smallest.js';
import { parseGrant } from '../../../src/core/grant/grant.js';
import type { Act } from '../../../src/core/use/act.js';
import { providers } from '../../support/core/policy-files.js';
import { action, asked, call, command, granted, usesData } from '../../support/core/uses.js';

const weighed = asked(action('restart'), [granted()]);
if (weighed.kind === 'denied') throw new Error(weighed.denial.message);
const said = { rule: 'production/night', message: 'Not at night.' };
const approves = { ...said, grant: GRANT, ends_at: null };
const silent: UseAnswer = { deny: [], warn: [], approve: [] };
const ours = { grant: GRANT, ends_at: minute(241) };

describe('invariant 27: the rules can only deny', () => {
  test.each<[string, Partial<UseAnswer>, object]>([
    [
      'a live grant allows',
      { approve: [approves], warn: [said] },
      {
        allowed: true,
        reasons: [
          {
            code: 'allowed_by_grant',
            message: 'The grant production/alice-orders allows restart until 2026-11-24 21:01 UTC.',
          },
        ],
        warnings: [{ code: 'warned', ...said }],
      },
    ],
    [
      'a denial beats it, and names its rule',
      { deny: [said], approve: [approves] },
      { allowed: false, reasons: [{ code: 'policy_denied', ...said }], warnings: [] },
    ],
    [
      'a grant that was not weighed allows nothing',
      { approve: [{ ...approves, grant: 'access-grants/production/mallory.yml@1' }] },
      { allowed: false, reasons: [{ code: 'no_rule_spoke' }] },
    ],
    ['silence is a denial', {}, { allowed: false, reasons: [{ code: 'no_rule_spoke' }] }],
  ])('%s', (_, answer, decision) => {
    expect(answeredUse(weighed, { ...silent, ...answer })).toMatchObject({ ...decision, ...ours });
  });

  test('a fault is a denial that says so', () => {
    expect(faultyUse(weighed, 'it took too long')).toEqual({
      allowed: false,
      reasons: [{ code: 'engine_fault', message: 'The rules did not answer: it took too long.' }],
      warnings: [],
      ...ours,
    });
  });

  test('what no rule was asked about names the grant that comes nearest', () => {
    const denied = asked(action('get'), [granted()]);
    if (denied.kind !== 'denied') throw new Error('it is allowed');
    expect(deniedUse(denied)).toMatchObject({
      allowed: false,
      reasons: [{ code: 'out_of_scope' }],
      ...ours,
    });
    const none = asked(action('get'), []);
    if (none.kind !== 'denied') throw new Error('it is allowed');
    expect(deniedUse(none)).toMatchObject({ grant: null, ends_at: null });
  });
});

describe('the smallest grant that would allow it', () => {
  const smallest = (act: Act, login = 'alice', environment = 'production') => {
    const subject = { id: 101, login };
    const question = { subject, resource: 'orders-host', environment, act };
    return smallestGrant(question, usesData, providers);
  };

  test.each<[Act, string, string | null, string]>([
    [action('logs'), 'operator', 'logs', '1h'],
    [call('GET', '/v1/orders/1'), 'reader', 'get', '1h'],
    [command('restart', 'systemctl', 'restart', 'orders-web'), 'operator', 'restart', '1h'],
    [call('PUT', '/v1/orders/1'), 'admin', null, '1h'],
  ])('%j', (act, role, only, duration) => {
    const found = smallest(act);
    expect(found).toMatchObject({
      path: 'access-grants/production/alice-orders-host.yml',
      ...{ role, duration },
    });
    // A scope would allow nothing that no role names.
    if (only === null) expect(found?.content).not.toContain('scope');
    else expect(found?.content).toContain(`scope: { actions: [${only}] }`);
    // Whoever asks says why; with that it is a grant file.
    const content = Buffer.from(found?.content.replace('reason: ', 'reason: It broke') ?? '');
    const parsed = parseGrant(found?.path ?? '', { mode: '100644', content });
    expect(parsed).toMatchObject({
      ok: true,
      value: { role, subject: 'alice', scope: only === null ? null : { actions: [only] } },
    });
    const made = granted({
      ...landing.declared,
      ...(parsed.ok ? { resource: parsed.value.resource, role, scope: parsed.value.scope } : {}),
    });
    expect(asked(act, [made]).kind).toBe('ask');
  });

  test('none where no role would do, or the act cannot be read', () => {
    expect(smallest(call('GET', '/../x'))).toBeNull();
    expect(smallest(action('logs'), 'alice', 'staging')).toBeNull();
  });

  test('a long login still gives a path that may be', () => {
    const login = `${'A'.repeat(38)}_b`;
    expect(smallest(action('logs'), login)?.path).toBe(
      `access-grants/production/${'a'.repeat(38)}-b-orders-host.yml`,
    );
  });
});
