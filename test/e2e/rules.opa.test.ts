import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ACCESS_REPOSITORY } from '../../lab/acme/acme.js';
import { approve, denial, headOf } from '../../lab/acme/asking.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import type { Installation } from '../../lab/processes/installation.js';
import { running } from '../../lab/processes/running.js';

const RULE = 'policies/access/rules/development/no_friday/no_friday';
const rule = `# METADATA
# title: Nothing new on a Friday
package access.rules.development.no_friday

deny contains {"rule": "development/no_friday", "message": "Not on a Friday."} if {
	input.change.kind == "added"
	input.now.weekday == "fri"
}
`;
const tested = (day: string) => `package access_test["development"].no_friday

import data.access.rules.development.no_friday

test_friday if {
	count(no_friday.deny) == 1 with input as {"change": {"kind": "added"}, "now": {"weekday": "${day}"}}
}
`;

describe('a rule is added by a pull request', () => {
  let acme: Installation;
  beforeAll(async () => {
    ({ acme } = await running({ now: '2026-11-27T10:00:00Z' }));
  }, 400_000);
  afterAll(() => acme.close(), 60_000);

  test('invariant 2: it comes into force when it compiles, its tests pass and its owners approve', async () => {
    const files = { [`${RULE}.rego`]: rule, [`${RULE}_test.rego`]: tested('thu') };
    const pull = await acme.ask('alice', 'no-friday', files);
    const bad = await denial(acme, pull.head.sha);
    expect(bad.check.title).toBe(`Denied: ${RULE}_test.rego:5: The Rego test test_friday fails.`);
    expect(bad.lines).toEqual(['5: The Rego test test_friday fails. (rego_test_failed)']);

    const misspelt = rule.replace('input.now.weekday', 'input.now.weekdey');
    await acme.people.alice.push(ACCESS_REPOSITORY, {
      branch: 'no-friday',
      files: { [`${RULE}.rego`]: misspelt },
    });
    const unknown = await denial(acme, await headOf(acme, pull.number));
    expect(unknown.check.title).toMatch(/no_friday\.rego:7: .*weekdey/);

    await acme.people.alice.push(ACCESS_REPOSITORY, {
      branch: 'no-friday',
      files: { [`${RULE}.rego`]: rule, [`${RULE}_test.rego`]: tested('fri') },
    });
    await approve(acme, pull.number, ['carol', 'erin']);
    const green = await acme.check(await headOf(acme, pull.number), ({ title }) =>
      title.startsWith('Approved:'),
    );
    expect(green.title).toBe('Approved: policies/ changes in 2 files');
    await acme.people.alice.merge(ACCESS_REPOSITORY, pull.number);

    const path = 'access-grants/development/friday.yml';
    const asked = await acme.ask('alice', 'friday', { [path]: grantFile({ ticket: null }) });
    const no = await acme.check(asked.head.sha, ({ title }) => title.startsWith('Denied: Not on'));
    expect(no.summary).toContain('development/no_friday');
  }, 400_000);
});
