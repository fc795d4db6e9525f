import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { approved, denial } from '../../lab/acme/asking.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import type { Installation } from '../../lab/processes/installation.js';
import { running } from '../../lab/processes/running.js';

const RULE = 'policies/access/rules/production/faulty/faulty.rego';
/** Does what no rule should if the ticket says so: it counts for minutes, or answers in another shape. */
const faulty = `# METADATA
# title: A rule with faults
package access.rules.production.faulty

deny contains {"rule": "production/faulty", "message": "It is done."} if {
	input.grant.ticket == "LOOP-1"
	count([1 | some i in numbers.range(1, 9000); some j in numbers.range(1, 9000); i * j == 0]) > 1
}

deny contains "no reason at all" if input.grant.ticket == "SHAPE-1"
`;

describe('a policy in force that is faulty', () => {
  let acme: Installation;
  beforeAll(async () => {
    ({ acme } = await running({ now: '2026-11-24T11:00:00Z', files: { [RULE]: faulty } }));
  }, 400_000);
  afterAll(() => acme.close(), 60_000);

  test.each([
    ['loops', 'LOOP-1', 'did not answer within'],
    ['answers in another shape', 'SHAPE-1', 'answered in the wrong shape'],
  ])(
    'invariants 3, 26: a policy that %s denies with its reason',
    async (name, ticket, why) => {
      const branch = ticket.toLowerCase();
      const path = `access-grants/production/${branch}.yml`;
      const pull = await acme.ask('alice', branch, { [path]: grantFile({ ticket }) });
      const { check } = await denial(acme, pull.head.sha);
      expect(check.summary).toContain(why);

      // Nobody else has to wait for it.
      const other = `access-grants/production/after-${branch}.yml`;
      await approved(acme, {
        who: 'alice',
        branch: `after-${branch}`,
        files: { [other]: grantFile() },
      });
    },
    400_000,
  );
});
