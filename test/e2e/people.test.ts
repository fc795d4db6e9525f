import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { IDENTITIES } from '../../lab/acme/acme.js';
import { approve, denial } from '../../lab/acme/asking.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import type { Installation } from '../../lab/processes/installation.js';
import { running } from '../../lab/processes/running.js';

const known = IDENTITIES.replace(/  frank: .*/, '  frank: { github_id: 555, postgres: frank_f }');

describe('requesters and approvers', () => {
  let acme: Installation;
  beforeAll(async () => {
    ({ acme } = await running({
      now: '2026-11-24T11:00:00Z',
      files: { 'policies/identities.yaml': known },
      seed: (seed) => ({ ...seed, users: [...(seed.users ?? []), { login: 'zoe', id: 190 }] }),
    }));
  }, 400_000);
  afterAll(() => acme.close(), 60_000);

  const refused = async (branch: string, path: string, file: string) => {
    const pull = await acme.ask('alice', branch, { [path]: file });
    return denial(acme, pull.head.sha);
  };

  test('people outside the organisation get nothing without review, and reviewers are warned', async () => {
    const file = grantFile({ subject: 'zoe' });
    const denied = await refused('outside', 'access-grants/development/zoe.yml', file);
    expect(denied.check.title).toContain('Only members of the organisation can get access');

    const path = 'access-grants/production/zoe.yml';
    const pull = await acme.ask('alice', 'outside-too', { [path]: file });
    const check = await acme.check(pull.head.sha, ({ title }) => title.startsWith('Not yet:'));
    expect(check.summary).toContain('not a member of the organisation');
    // Her login does not exist at the target, which is another matter.
    await approve(acme, pull.number, ['bob']);
    await acme.check(pull.head.sha, ({ title }) => title.includes('1 of 2'));
  }, 400_000);

  test('invariant 6: an account that is not the one in identities.yaml has no identity there', async () => {
    const file = grantFile({ subject: 'frank' });
    const { lines } = await refused('renamed', 'access-grants/production/frank.yml', file);
    expect(lines).toEqual([
      expect.stringContaining('identities.yaml knows frank as the GitHub account 555'),
    ]);
  }, 400_000);

  test('invariants 3, 6: a team that has too few people, does not exist, or was made anew approves nothing', async () => {
    const { teams } = acme.github.state;
    const payments = [...teams.values()].find(({ slug }) => slug === 'payments');
    if (!payments) throw new Error('acme has a team payments');
    const members = new Map(payments.members);
    payments.members.clear();
    const path = (name: string) => `access-grants/production/${name}.yml`;
    const few = await refused('too-few', path('too-few'), grantFile());
    expect(few.check.title).toContain('only 0 of 1 can be found among payments');

    teams.delete(payments.id);
    const none = await refused('no-team', path('no-team'), grantFile());
    expect(none.check.title).toContain('payments, which GitHub does not know');

    // Made anew under its slug, with the same people in it.
    const anew = { ...payments, id: payments.id + 900, members };
    teams.set(anew.id, anew);
    const other = await refused('team-anew', path('team-anew'), grantFile());
    expect(other.check.title).toContain(`payments, which is the team with the id ${anew.id} now`);
    teams.delete(anew.id);

    for (const [id, role] of members) payments.members.set(id, role);
    teams.set(payments.id, payments);
    const pull = await acme.ask('alice', 'again', { [path('again')]: grantFile() });
    await acme.check(pull.head.sha, ({ title }) => title.includes('0 of 2'));
  }, 400_000);
});
