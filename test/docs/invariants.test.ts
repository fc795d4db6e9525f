import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const page = new URL('../../docs/invariants.md', import.meta.url);

interface Row {
  readonly number: number;
  readonly holds: string;
  /** Paths relative to the page. */
  readonly tests: readonly string[];
  readonly later: string;
}

const rows = readFileSync(page, 'utf8')
  .split('\n')
  .filter((line) => /^\| \d/.test(line))
  .map((line): Row => {
    const [number = '', holds = '', tests = '', later = ''] = line.split('|').slice(1, -1);
    return {
      number: Number(number),
      holds: holds.trim(),
      tests: [...tests.matchAll(/\]\(([^)]+)\)/g)].map(([, path = '']) => path),
      later: later.trim(),
    };
  });

/** The invariants that the titles of a test file name, such as `invariant 8: …` or `invariants 16, 17: …`. */
function named(path: string): readonly number[] {
  const text = readFileSync(new URL(path, page), 'utf8');
  const titles = text.matchAll(/['"`]invariants? (\d+(?:(?:, | and )\d+)*)/g);
  return [...titles].flatMap(([, numbers = '']) => numbers.split(/, | and /).map(Number));
}

describe('docs/invariants.md', () => {
  test('has a row for each invariant, in order', () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 29 }, (_, i) => i + 1));
    expect(rows.filter(({ holds }) => holds === '')).toEqual([]);
  });

  test.each(rows)('invariant $number has tests, or says what will hold it', (row) => {
    expect(row.tests.length > 0 || row.later !== '').toBe(true);
    expect(row.tests.filter((path) => !named(path).includes(row.number))).toEqual([]);
  });
});

describe('the documents', () => {
  const pages = [
    'README.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    ...[
      'README',
      'architecture',
      'security',
      'operating',
      'enforcing',
      'add-a-rule',
      'add-a-provider',
      'benchmarks',
    ].map((name) => `docs/${name}.md`),
    'docs/invariants.md',
    'docs/events.md',
    'policies/README.md',
    'access-grants/README.md',
    ...['postgres', 'github-team', 'github-collaborator', 'guarded'].map(
      (name) => `docs/providers/${name}.md`,
    ),
  ];

  test.each(pages)('%s only links to files that exist', (name) => {
    const here = new URL(`../../${name}`, import.meta.url);
    const root = new URL('../../', import.meta.url);
    const text = readFileSync(here, 'utf8');
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map(([, to = '']) => ({
      to,
      at: new URL(to, here),
    }));
    const files = [...text.matchAll(/`((?:src|lab|bench|test|docs|setup)\/[\w./-]+)`/g)].map(
      ([, to = '']) => ({ to, at: new URL(to, root) }),
    );
    // Test files that a code block shows in the output of a run.
    const shown = [...text.matchAll(/^```[^]*?^```/gm)].flatMap(([block]) =>
      [...block.matchAll(/\btest\/[\w./-]+\.test\.ts\b/g)].map(([to]) => ({
        to,
        at: new URL(to, root),
      })),
    );
    const gone = [...links, ...files, ...shown].filter(({ at }) => !existsSync(fileURLToPath(at)));
    expect(gone.map(({ to }) => to)).toEqual([]);
  });
});
