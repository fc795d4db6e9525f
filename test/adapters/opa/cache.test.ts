import { mkdtemp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { STARTER } from '../../../src/adapters/opa/assets.js';
import {
  readCached,
  readStarter,
  writeCached,
  type Compiled,
} from '../../../src/adapters/opa/cache.js';
import { compileKey, compilerDigest, sha256, sources } from '../../../src/adapters/opa/digest.js';
import { starterTree } from '../../../lab/acme/policy.js';

const wasm = new TextEncoder().encode('not really wasm');
const compiled: Compiled = {
  manifest: { key: 'k1', compiler: 'c', wasm: sha256(wasm) },
  wasm,
};
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daypass-cache-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('a compiled form in the folder', () => {
  test('is read back as it was written, and nothing else is left', async () => {
    await writeCached(folder, compiled);
    const read = await readCached(folder, 'k1');
    expect(read?.manifest).toEqual(compiled.manifest);
    expect(Buffer.from(read?.wasm ?? [])).toEqual(Buffer.from(wasm));
    expect((await readdir(folder)).sort()).toEqual(['k1.json', 'k1.wasm']);
  });

  test('is looked for by its key', async () => {
    expect(await readCached(folder, 'k1')).toBeNull();
    await writeCached(folder, compiled);
    await writeFile(join(folder, 'k2.json'), await readFile(join(folder, 'k1.json')));
    expect(await readCached(folder, 'k2')).toBeNull();
  });

  test.each(['k1.wasm', 'k1.json'])('is not read when %s is torn', async (name) => {
    await writeCached(folder, compiled);
    await truncate(join(folder, name), 5);
    expect(await readCached(folder, 'k1')).toBeNull();
  });
});

describe('the starter', () => {
  test('wasm drift: the compiled form that ships is complete and matches the sources in policies/', async () => {
    const key = compileKey(sources(starterTree.files));
    const shipped = await readStarter(key);
    expect(shipped?.manifest.compiler).toBe(compilerDigest());
    expect(shipped?.manifest.wasm).toBe(sha256(await readFile(join(STARTER, 'access.wasm'))));
  });

  test('is used for no other policy', async () => {
    expect(await readStarter(compileKey({ 'access/request.rego': 'package access' }))).toBeNull();
  });
});

test('a key depends on the sources, their paths and the compiler, and not on tests and data', () => {
  const rego = { 'access/request.rego': 'package access' };
  const more = { ...rego, 'access/lib/x_test.rego': 'package access_test.x', 'settings.yaml': '' };
  expect(sources(more)).toEqual(rego);
  const keys = [
    compileKey(rego),
    compileKey({ 'access/use.rego': 'package access' }),
    compileKey({ 'access/request.rego': 'package  access' }),
    compileKey(rego, 'another compiler'),
  ];
  expect(new Set(keys).size).toBe(keys.length);
});
