import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { runGit } from '../../../../src/adapters/github/git/run.js';

test('git is stopped at its deadline and at its output cap', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'daypass-run-git-'));
  // A pipe that nobody writes to, so git waits for ever.
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const stuck = runGit(['hash-object', pipe], { deadline_ms: 200, max_bytes: 100 });
  await expect(stuck).rejects.toThrow('did not end within 200 ms');
  const version = runGit(['--version'], { deadline_ms: 10_000, max_bytes: 10 });
  await expect(version).rejects.toThrow('wrote more than 10 bytes');
  await rm(folder, { recursive: true });
});
