import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readOrigin } from '../../../../src/adapters/github/git/origin.js';

const folder = mkdtempSync(join(tmpdir(), 'origin-'));
beforeAll(() => void execFileSync('git', ['init', '--quiet', folder]));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['https://github.com/acme/access.git', 'github.com'],
  ['https://github.com/acme/access', 'github.com'],
  ['https://alice:secret@github.com/acme/access.git', 'github.com'],
  ['http://127.0.0.1:4000/acme/access.git', '127.0.0.1:4000'],
  ['git@github.com:acme/access.git', 'github.com'],
  ['org-1@github.com:acme/access', 'github.com'],
  ['ssh://git@github.acme.test:2222/acme/access.git', 'github.acme.test'],
])('%s', async (url, host) => {
  execFileSync('git', ['-C', folder, 'config', 'remote.origin.url', url]);
  expect(await readOrigin(folder)).toEqual({ host, name: 'acme/access' });
});

test('what is no repository of GitHub is told without its URL, which may have a password', async () => {
  const url = 'https://alice:secret@git.test/a/b/c/access.git';
  execFileSync('git', ['-C', folder, 'config', 'remote.origin.url', url]);
  expect(await readOrigin(folder)).toEqual({
    why: 'the remote "origin" of this folder is no repository of GitHub',
  });
  const none = await readOrigin(tmpdir());
  expect(none).toEqual({ why: expect.stringContaining('this folder has no remote "origin"') });
});
