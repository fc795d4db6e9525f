import { expect, test } from '@jest/globals';
import {
  uncountedInWords,
  uncountedReasons,
  type NotCounted,
  type RecordedNotCounted,
} from '../../../src/core/decision/review.js';
import { comment } from '../../../src/core/report/comment.js';
import { report } from '../../../src/core/report/report.js';
import { told as audited } from '../../../src/core/report/audit.js';
import { withWords } from '../../../src/core/reading/reason.js';
import { entries, minute, record, told } from '../../../lab/acme/story.js';
import { who } from '../../support/core/people.js';
import { decided, reporting } from '../../support/core/reporting.js';
import { deciding, decided as entryOf, decisions } from '../../support/core/telling.js';

const message = 'they contributed to the branch';
const erin: NotCounted = { review: 3, who: who('erin'), code: 'approver_contributed', message };

test.each<[string, RecordedNotCounted, string]>([
  ['by a person', erin, `erin's approval does not count: ${message}`],
  ['by an account that is gone', { ...erin, who: null }, `an approval does not count: ${message}`],
  [
    'in an entry of an earlier core',
    { review: 3, who: who('erin'), why: 'they asked for changes later' },
    "erin's approval does not count: they asked for changes later",
  ],
  [
    'in an entry without a reason',
    { review: 3, who: who('erin') },
    "erin's approval does not count: no reason is recorded",
  ],
])('an approval that does not count, in words: %s', (_, one, words) => {
  expect(uncountedInWords(one)).toBe(words);
});

test('invariant 4: every view says the same of an approval that does not count, with the person', () => {
  const words = `erin's approval does not count: ${message}`;
  const reasons = uncountedReasons([erin]);
  expect(reasons).toEqual([{ code: 'approver_contributed', message: words }]);

  const of = decided({ outcome: 'awaiting_review', not_counted: [erin] });
  expect(report(reporting({ changes: [of] })).summary).toContain(
    `- ${words.replace('erin', '`erin`')} (\`approver_contributed\`)`,
  );

  const entry = deciding(entryOf({ ...decisions.asked, not_counted: [erin] })).entry;
  expect(audited(entry)).toBe(
    `decided on the pull request: awaiting_review (no approval counts yet); ${words}`,
  );

  const quarantined = record(told.quarantined(0, withWords(reasons)));
  const now = new Date(minute(1));
  expect(comment({ grants: [quarantined], ignored: [], now })).toContain(`no access: ${words}.`);
  const [landed] = entries(told.quarantined(0, withWords(reasons)));
  expect(landed && audited(landed)).toContain(words);
});

test('what an approval does not count for is shown as text, with what nobody would see written out', () => {
  const hostile = { ...erin, message: 'x](https://evil.test) @acme/security\u202e' };
  const of = decided({ outcome: 'awaiting_review', not_counted: [hostile] });
  expect(report(reporting({ changes: [of] })).summary).toContain(
    'x\\](https\\://evil.test) @\u200bacme/security‹U+202E› (`approver_contributed`)',
  );
});
