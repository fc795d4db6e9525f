import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseGrant } from '../../../src/core/grant/grant.js';
import { draftPath, draftText, type GrantDraft } from '../../../src/core/use/draft.js';
import { newFileLink, webOf } from '../../../src/core/use/new-file.js';
import { requestLine, saysSomething } from '../../../src/core/use/request-line.js';
import { drafts, HOSTILE } from '../../support/core/drafts.js';

const DRAFT: GrantDraft = {
  ...{ environment: 'production', subject: 'alice', resource: 'orders-db', role: 'read-only' },
  ...{ duration: '1h', expires_at: null, starts_at: null, actions: null },
  ...{ reason: 'Slow order queries since the 14:10 deploy', ticket: null },
};

const read = (draft: GrantDraft) =>
  parseGrant(draftPath(draft), { mode: '100644', content: Buffer.from(draftText(draft)) });

describe('the text of a draft', () => {
  test('is what people would write', () => {
    const full = { ...DRAFT, actions: ['select', 'get'], ticket: 'INC-1' };
    expect(draftText(full)).toBe(
      `subject: alice
resource: orders-db
role: read-only
duration: 1h
scope:
  actions: [select, get]
reason: Slow order queries since the 14:10 deploy
ticket: INC-1
`,
    );
    expect(draftText({ ...DRAFT, reason: null })).toMatch(/\nreason:\n$/);
  });

  test.each(HOSTILE)('says this reason and nothing else: %j', (reason) => {
    expect(read({ ...DRAFT, reason })).toMatchObject({
      ok: true,
      value: { subject: 'alice', role: 'read-only', break_glass: false, reason: reason.trim() },
    });
  });

  test('says what the draft says (fast-check)', () => {
    fc.assert(
      fc.property(drafts, (draft) => {
        const { environment, subject, resource, role, actions, reason, duration } = draft;
        const found = read(draft);
        expect(found).toMatchObject({
          ok: true,
          value: {
            ...{ environment, subject, resource, role },
            ...{ reason: reason?.trim(), ticket: draft.ticket?.trim() ?? null },
            scope: actions && { actions: actions.toSorted() },
            window: {
              duration_seconds: duration === null ? null : 4 * 3600,
              expires_at: duration === null ? '2026-11-24T21:00:00.000Z' : null,
              starts_at: draft.starts_at === null ? null : '2026-11-24T16:00:00.000Z',
            },
          },
        });
      }),
    );
  });

  test.each([
    ['nothing', null, ['missing_key', 'wrong_value']],
    ['only spaces', '   ', ['wrong_value']],
    ['a control character', 'a\u0007b', ['not_plain_yaml']],
    ['a tab', 'a\tb', ['not_plain_yaml']],
    ['text that runs backwards', 'a\u202eb', ['not_plain_yaml']],
    ['half of a character', 'a\ud83d', ['not_plain_yaml', 'not_utf8', 'wrong_value']],
    ['501 characters', 'x'.repeat(501), ['wrong_value']],
    ['more than a file may have', 'é'.repeat(10_000), ['too_large']],
  ])('a reason of %s is a problem, never another text', (_, reason, codes) => {
    const found = read({ ...DRAFT, reason });
    if (found.ok) expect(found.value.reason).toBe('a\ufffd');
    else expect(codes).toContain(found.problems[0]?.code);
  });
});

describe('the path of a draft', () => {
  test.each([
    [{}, 1, 'access-grants/production/alice-orders-db.yml'],
    [{}, 2, 'access-grants/production/alice-orders-db-2.yml'],
    [{ subject: 'Bob-X_acme', environment: 'ci' }, 1, 'access-grants/ci/bob-x-acme-orders-db.yml'],
    [{ resource: 'o'.repeat(64) }, 1, `access-grants/production/alice-${'o'.repeat(58)}.yml`],
    [{ resource: 'o'.repeat(64) }, 12, `access-grants/production/alice-${'o'.repeat(55)}-12.yml`],
    [
      { resource: `${'o'.repeat(57)}-xxx` },
      1,
      `access-grants/production/alice-${'o'.repeat(57)}.yml`,
    ],
  ])('%j, copy %d: %s', (change, copy, path) => {
    expect(draftPath({ ...DRAFT, ...change }, copy)).toBe(path);
  });

  test('is a path that a grant may have (fast-check)', () => {
    fc.assert(
      fc.property(drafts, fc.integer({ min: 1, max: 99 }), (draft, copy) => {
        const content = Buffer.from(draftText(draft));
        expect(parseGrant(draftPath(draft, copy), { mode: '100644', content }).ok).toBe(true);
      }),
    );
  });
});

describe('the command line of a draft', () => {
  test('names everything', () => {
    const all = { ...DRAFT, duration: null, expires_at: '2026-11-24T21:00:00Z', actions: ['get'] };
    const full = { ...all, starts_at: '2026-11-24T17:00:00+01:00', ticket: 'INC-1' };
    expect(requestLine(full)).toBe(
      `daypass request orders-db --role read-only --environment production --until 2026-11-24T21:00:00Z --starts 2026-11-24T17:00:00+01:00 --scope get --subject alice --ticket INC-1 --reason 'Slow order queries since the 14:10 deploy'`,
    );
  });

  test('leaves the reason to whoever asks where there is none, in a form that counts as none', () => {
    expect(requestLine({ ...DRAFT, reason: null })).toMatch(/ --reason …$/);
    expect(saysSomething('…')).toBe(false);
    expect(saysSomething('漢')).toBe(true);
  });
});

describe('the link to a new file', () => {
  const page = { web: 'https://github.com', repository: 'acme/access', default_branch: 'main' };
  const file = (reason: string) => ({
    path: draftPath(DRAFT),
    content: draftText({ ...DRAFT, reason }),
  });

  test.each(HOSTILE)('fills in path and content: %j', (reason) => {
    const link = newFileLink(page, file(reason));
    const { pathname, searchParams } = new URL(link ?? '');
    expect(pathname).toBe('/acme/access/new/main');
    const { path, content } = file(reason);
    expect([...searchParams]).toEqual([
      ['filename', path],
      ['value', content],
    ]);
    expect(link).toMatch(/^[\x21-\x7e]+$/);
    expect(link).not.toMatch(/[<>"'()`\s]/);
  });

  test('a branch with a slash and characters of URLs', () => {
    const link = newFileLink({ ...page, default_branch: 'release/1.x#a?b%' }, file('x'));
    expect(link).toMatch(/^https:\/\/github\.com\/acme\/access\/new\/release\/1\.x%23a%3Fb%25\?/);
  });

  test('none where servers would refuse its length, or it is no UTF-8', () => {
    expect(newFileLink(page, file('x'.repeat(5_000)))).not.toBeNull();
    expect(newFileLink(page, file('x'.repeat(6_000)))).toBeNull();
    expect(newFileLink(page, file('漢'.repeat(700)))).toBeNull();
    expect(newFileLink(page, { path: 'a', content: '\ud83d' })).toBeNull();
  });

  test.each([
    ['https://api.github.com', 'https://github.com'],
    ['https://api.github.com/', 'https://github.com'],
    ['https://api.acme.ghe.com', 'https://acme.ghe.com'],
    ['https://github.acme.test/api/v3', 'https://github.acme.test'],
    ['https://github.acme.test/api/v3/', 'https://github.acme.test'],
    ['http://127.0.0.1:4000', 'http://127.0.0.1:4000'],
  ])('the API at %s has its pages at %s', (api, web) => {
    expect(webOf(api)).toBe(web);
  });
});
