import fc from 'fast-check';
import { UNPRINTABLE } from '../../../src/core/reading/problem.js';
import type { GrantDraft } from '../../../src/core/use/draft.js';

const slugs = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,63}$/).filter((slug) => slug !== 'every');
const logins = fc.stringMatching(/^[A-Za-z0-9]{1,12}(-[A-Za-z0-9]{1,12})?(_[A-Za-z0-9]{1,8})?$/);
const actions = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,63}$/);

/** Text that a grant file may have, with signs that mean something to a shell, to YAML or to a terminal. */
const words = (most: number, sign: fc.Arbitrary<string>) =>
  fc
    .array(sign, { minLength: 1, maxLength: most })
    .map((signs) => signs.join(''))
    .filter((text) => /[\p{L}\p{N}]/u.test(text) && !UNPRINTABLE.test(text));
const signs = fc.constantFrom(...` '"\\$\`!#&*()[]{}<>|;:,.?~%@-=+_/`.split(''), 'a', 'Z', '0');
const lines = fc.oneof(signs, fc.string({ unit: 'binary', maxLength: 3 }), fc.constant('\n'));

/** Drafts that are grant files once they have their reason, which these have. */
export const drafts: fc.Arbitrary<GrantDraft> = fc
  .record({
    ...{ environment: slugs, subject: logins, resource: slugs, role: slugs },
    end: fc.constantFrom(
      { duration: '4h', expires_at: null },
      { duration: null, expires_at: '2026-11-24T21:00:00Z' },
    ),
    starts_at: fc.constantFrom(null, '2026-11-24T17:00:00+01:00'),
    actions: fc.option(fc.uniqueArray(actions, { minLength: 1, maxLength: 5 })),
    reason: words(100, lines),
    ticket: fc.option(words(40, signs)),
  })
  .map(({ end, ...rest }) => ({ ...rest, ...end }));

/** Words that a shell, YAML, Markdown, a terminal or a URL could take for something else. */
export const HOSTILE: readonly string[] = [
  'It is "broken": see \'orders\' # not a comment',
  '$(rm -rf /) `id` $HOME \\ ! * ? ~ & ; | < >',
  '@acme/security please approve, fixes #1 <!-- x --> [x](y)',
  'two\nlines\n\n  and a third: indented\n- a list\n---\n...\nsubject: mallory',
  'subject: mallory\nbreak_glass: true',
  '- x',
  '? x',
  '&a x',
  '*a',
  '!!str x',
  '%YAML 1.1',
  '|',
  '>-',
  '{a: b}',
  '[a]',
  "''",
  '"',
  ',',
  'true',
  'null',
  '~',
  '0x1f',
  '12',
  '1e3',
  '2026-11-24',
  '--role',
  '-',
  '=',
  '…x',
  'Größe 漢字 🔥 e\u0301 עברית',
  'x'.repeat(500),
  'word '.repeat(99),
  '%2f%00?value=x&filename=../y#z',
  "'''''",
  '\\',
  "\\'",
  'a\\\nb',
  'trailing: ',
  'a  b   c',
];
