import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { treeId } from '../../../../src/core/policy/tree-id.js';

const folder = mkdtempSync(join(tmpdir(), 'daypass-tree-'));
afterAll(() => rmSync(folder, { recursive: true }));
const git = (...args: string[]) =>
  execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8' }).trim();

test('a tree has the id that git gives it, in whatever order its names sort', () => {
  git('init', '--quiet', '--object-format=sha1');
  const name = fc.constantFrom('a', 'a-b', 'a.b', 'a0', 'ab', 'é', 'z');
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
  fc.assert(
    fc.property(fc.uniqueArray(path, { minLength: 1, maxLength: 8 }), (all) => {
      // A name is a file or a folder, never both.
      const paths = all.filter((one) => !all.some((other) => other.startsWith(`${one}/`)));
      git('rm', '-r', '--cached', '--force', '--quiet', '--ignore-unmatch', '.');
      const files = new Map(
        paths.map((one) => {
          mkdirSync(dirname(join(folder, 'tree', one)), { recursive: true });
          writeFileSync(join(folder, 'tree', one), one);
          const oid = git('hash-object', '-w', join('tree', one));
          git('update-index', '--add', '--cacheinfo', `100644,${oid},${one}`);
          rmSync(join(folder, 'tree'), { recursive: true });
          return [one, { mode: '100644', oid }] as const;
        }),
      );
      expect(treeId(files)).toBe(git('write-tree'));
    }),
    { numRuns: 25 },
  );
});
