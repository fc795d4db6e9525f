import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ACCESS_REPOSITORY, starter } from '../../lab/acme/acme.js';
import {} from '../../lab/acme/asking.js';
import { install } from '../../lab/processes/installation.js';
import type { Installation } from '../../lab/processes/installation.js';
import { until } from '../../lab/until.js';

/** Root alone may run git and OPA as others. */
const isRoot = process.getuid?.() === 0;
const RUNS_AS = { git: 60_801, OPA: 60_802 };

describe('daypass doctor', () => {
  let acme: Installation;
  beforeAll(async () => {
    acme = await install();
  }, 400_000);
  afterAll(() => acme.close(), 60_000);

  /** The lines of one run, without those that say what to do. */
  const visit = async () => {
    const { exit, out, err } = await acme.daypass('doctor', '--json');
    expect(err).toBe('');
    const findings = out
      .trim()
      .split('\n')
      .map(
        (line) => JSON.parse(line) as { about: string; is: string; found: string; todo?: string },
      );
    return {
      exit,
      findings,
      said: findings.map(({ about, is, found }) => `${is} ${about}: ${found}`),
    };
  };

  test('before the first start it says so; afterwards everything is fine', async () => {
    const before = await visit();
    expect(before.said).toContain('unsure ledger: first start has not ended');
    expect(before.exit).toBe(2);
    const worker = await acme.start('worker');
    const { said, exit } = await until('everything is good', async () => {
      const found = await visit();
      const bad = found.findings.filter(({ is, about }) => is !== 'good' && about !== 'OPA');
      if (bad.length === 0) return found;
      throw new Error(JSON.stringify(bad));
    });
    // If this machine has no OPA, that is the only problem.
    expect([0, 2]).toContain(exit);
    expect(said).toEqual(
      expect.arrayContaining([
        expect.stringMatching(
          /^good environment: is complete; targets: orders, orders-staging, orders-dev/,
        ),
        expect.stringMatching(/^good database: PostgreSQL 18\S* answers, and its clock agrees/),
        'good database: the ledger has the schema of this version',
        'good database: this role may append to the ledger, and change nothing in it',
        'good database: the connection is not encrypted, and does not leave this machine',
        expect.stringMatching(
          /^good database: the other roles leave this one \d+ of \d+ connections$/,
        ),
        ...(['git', 'OPA'] as const).map((program) =>
          isRoot
            ? `good user of ${program}: ${program} runs as ${RUNS_AS[program]}, apart from the worker's own user`
            : `good user of ${program}: ${program} runs as the worker's own user, who may not change users`,
        ),
        "good queue: workers are woken through the ledger's PostgreSQL",
        'good GitHub App: is installed on acme/access',
        'good GitHub App: has the 5 permissions that it needs',
        'good GitHub App: hears of 8 kinds of events',
        'good access repository: is private',
        'good required check: merging into main needs the check daypass of this App',
        expect.stringMatching(/^good ledger: has \d+ entries, and activation is running/),
        'good ledger: 0 live, none of them overdue',
        'good events out: not sent anywhere: EVENTS_URL is not set',
        'good policy: it is in force',
        expect.stringMatching(/^good target orders-dev: answers as postgres:\d+\/\w+$/),
        'good target orders-dev: the connection is not encrypted, and does not leave this machine',
        'good target orders-dev: no connections are reserved for ends; one is kept while grants are live',
      ]),
    );
    const apart = worker.lines.filter((line) => line.includes('runs as a user of its own'));
    expect(apart).toHaveLength(isRoot ? 2 : 0);
    expect(worker.lines.filter((line) => line.includes('runs as root'))).toEqual([]);
  }, 200_000);

  test('problems are reported with what to do', async () => {
    const repo = [...acme.github.github.state.repos.values()][0];
    const rule = repo?.protection.get('main');
    const installation = acme.github.github.state.installations.get(77);
    if (!repo || !rule || !installation) throw new Error('acme is another');
    repo.protection.set('main', {
      ...rule,
      ruleset: true,
      required_checks: [{ context: 'daypass', app_id: null }],
    });
    acme.github.github.state.installations.set(77, {
      ...installation,
      permissions: { ...installation.permissions, checks: 'read', issues: 'write' },
    });
    const settings = `${starter()['policies/settings.yaml'] ?? ''}nonsense: 1\n`;
    await acme.people.root.push(ACCESS_REPOSITORY, {
      branch: 'main',
      files: { 'policies/settings.yaml': settings },
    });
    const { exit, findings, said } = await visit();
    expect(exit).toBe(1);
    expect(said).toEqual(
      expect.arrayContaining([
        'bad GitHub App: lacks checks: write',
        'bad GitHub App: has more than it needs: issues: write',
        'bad required check: anybody who may write checks can post the check daypass',
        expect.stringMatching(/^bad policy: policies\/settings\.yaml:\d+: .*nonsense/),
        expect.stringMatching(
          /^bad policy: it is not in force: everything is judged by [0-9a-f]{12}$/,
        ),
      ]),
    );
    const wrong = findings.filter(({ is }) => is === 'bad');
    expect(wrong.every(({ todo }) => (todo ?? '').length > 10)).toBe(true);
  }, 200_000);

  test('invariant 24: its output has no secrets, and it only asks GitHub what GitHub knows', async () => {
    const { out } = await acme.daypass('doctor');
    for (const secret of acme.secrets) expect(out).not.toContain(secret);
    expect(out).toMatch(/^bad {5}required check {6}anybody .*\n {28}→ pin it: /m);
  }, 200_000);
});
