import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { OPA_VERSION } from '../../src/adapters/opa/assets.js';
import { findOpa } from '../../src/bin/find-opa.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daypass-find-opa-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Puts a program that prints this version into its own folder; for null it is a file that is not a program. */
async function opa(name: string, version: string | null): Promise<void> {
  await mkdir(join(folder, name));
  const path = join(folder, name, 'opa');
  await writeFile(path, version === null ? 'x' : `#!/bin/sh\necho "Version: ${version}"\n`);
  await chmod(path, version === null ? 0o644 : 0o755);
}

const RIGHT = OPA_VERSION;
test.each<[string, Record<string, string | null>, string | null]>([
  ['the first of the version on the PATH', { a: RIGHT, b: RIGHT, own: RIGHT }, 'a'],
  ['one that others stand before', { a: '1.21.0', b: RIGHT, own: RIGHT }, 'b'],
  ['the own where none of the PATH is right', { a: '1.21.0', b: null, own: RIGHT }, 'own'],
  ['the wrong version, to be reported, if there is no other', { a: null, b: '1.21.0' }, 'b'],
  ['none that does not run', { a: null }, null],
  ['none in a relative folder', {}, null],
])('OPA is %s', async (_, there, expected) => {
  for (const [name, version] of Object.entries(there)) await opa(name, version);
  const PATH = ['bin', '', join(folder, 'a'), join(folder, 'b')].join(':');
  const found = await findOpa({ PATH }, join(folder, 'own'));
  expect(found).toBe(expected === null ? null : join(folder, expected, 'opa'));
});
