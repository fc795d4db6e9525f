import { describe, expect, test } from '@jest/globals';
import { GRANT, landing, minute } from '../../../lab/acme/story.js';
import {
  answeredUse,
  deniedUse,
  faultyUse,
  type UseAnswer,
  type UseDecision,
} from '../../../src/core/use/answer.js';
import { askFor } from '../../../src/core/use/ask-for.js';
import type { ReasonCode } from '../../../src/core/reading/reason.js';
import { draftPath, draftText } from '../../../src/core/use/draft.js';
import type { Enforcement, EnforcementPoint } from '../../../src/core/policy/enforcement/point.js';
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
    if (!found) throw new Error('no role would do');
    // A scope would allow nothing that no role names.
    expect(found).toMatchObject({ role, duration, actions: only === null ? null : [only] });
    // Whoever asks says why; with that it is a grant file.
    const content = Buffer.from(draftText({ ...found, reason: 'It broke' }));
    const parsed = parseGrant(draftPath(found), { mode: '100644', content });
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

  test('a scope where an enforcement point holds it, and the provider does not', () => {
    const { strict } = providers;
    if (!strict) throw new Error('it is there');
    const question = {
      ...{ subject: { id: 101, login: 'alice' }, resource: 'orders-host' },
      ...{ environment: 'production', act: action('logs') },
    };
    const of = (points: Enforcement['points']) =>
      smallestGrant(
        question,
        { ...usesData, enforcement: { points } },
        { strict: { ...strict, enforces_scope: false } },
      )?.actions;
    const guards = [{ resource: 'orders-host', environment: 'production' }];
    const host: EnforcementPoint = {
      ...{ name: 'host', speaks: 'authzen', guards },
      ...{ subject: { from: 'person' }, credential: { kind: 'token' } },
    };
    expect(of({})).toBeNull();
    expect(of({ host })).toEqual(['logs']);
    const elsewhere = [{ resource: 'orders-host', environment: 'no' }];
    expect(of({ host: { ...host, guards: elsewhere } })).toBeNull();
  });

  test('none where no role would do, or the act cannot be read', () => {
    expect(smallest(call('GET', '/../x'))).toBeNull();
    expect(smallest(action('logs'), 'alice', 'staging')).toBeNull();
  });
});

describe('a denial leads on where another grant would allow it', () => {
  const page = { web: 'https://github.com', repository: 'acme/access', default_branch: 'main' };
  const question = (act: Act) => ({
    ...{ subject: { id: 101, login: 'alice' }, resource: 'orders-host' },
    ...{ environment: 'production', act },
  });
  const offered = (
    decision: UseDecision,
    act: Act = action('logs'),
    at: typeof page | null = page,
  ) => askFor(decision, question(act), { data: usesData, providers, page: at });
  const denied = (code: ReasonCode): UseDecision => ({
    ...{ allowed: false, reasons: [{ code, message: 'No.' }], warnings: [] },
    ...{ grant: null, ends_at: null },
  });

  test('file, link and command say the same', () => {
    const found = offered(denied('no_grant'));
    expect(found).toMatchObject({
      path: 'access-grants/production/alice-orders-host.yml',
      content:
        'subject: alice\nresource: orders-host\nrole: operator\nduration: 1h\nscope:\n  actions: [logs]\nreason:\n',
      command:
        'daypass request orders-host --role operator --environment production --for 1h --scope logs --subject alice --reason …',
    });
    const query = new URL(found?.link ?? '').searchParams;
    expect([query.get('filename'), query.get('value')]).toEqual([found?.path, found?.content]);
    expect(offered(denied('no_grant'), action('logs'), null)?.link).toBeNull();
  });

  test.each<[ReasonCode, boolean]>([
    ['no_grant', true],
    ['not_started', true],
    ['ended', true],
    ['other_environment', true],
    ['out_of_scope', true],
    ['grant_pending', false],
    ['policy_denied', false],
    ['no_rule_spoke', false],
    ['engine_fault', false],
    ['unreadable_act', false],
  ])('%s: %s', (code, leads) => {
    expect(offered(denied(code)) !== null).toBe(leads);
  });

  test('not where it is allowed, nor where no role would do', () => {
    const approved = answeredUse(weighed, { ...silent, approve: [approves] });
    expect(offered(approved, action('restart'))).toBeNull();
    expect(offered(denied('no_grant'), call('GET', '/../x'))).toBeNull();
  });
});
