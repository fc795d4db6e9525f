import { lstat, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { compile } from '../../../src/adapters/opa/compile.js';
import { inOwnFolder, RESULT } from '../../../src/adapters/opa/own-folder.js';
import { runLimited, type Limits } from '../../../src/adapters/opa/sandbox.js';
import { fileInTarball } from '../../../src/adapters/opa/tar.js';
import { accountFor } from '../../../src/clients/account.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daypass-sandbox-'));
});
afterEach(() => rm(folder, { recursive: true }));

const limits: Limits = {
  deadline_ms: 20_000,
  memory_kib: 1024 * 1024,
  file_kib: 64,
  output_bytes: 10_000,
};

const sh = (script: string, part: Partial<Limits> = {}) =>
  runLimited('/bin/sh', ['-c', script], { folder }, { ...limits, ...part });

describe('invariant 26: OPA runs on files from strangers', () => {
  test('with an empty environment, in its own folder, with nothing to read', async () => {
    process.env['A_SECRET'] = 'hunter2';
    const { code, output } = await runLimited('/usr/bin/env', [], { folder }, limits);
    delete process.env['A_SECRET'];
    expect(code).toBe(0);
    // The shell sets PWD itself; nothing comes from our environment.
    expect(output.split('\n').filter((line) => !/^(PWD|OLDPWD|SHLVL|_)=|^$/.test(line))).toEqual(
      [],
    );
    expect((await sh('pwd; cat')).output.trim()).toMatch(/daypass-sandbox-\w+$/);
  });

  test('with a deadline, at which everything that it started is ended too', async () => {
    const ended = await sh('(sleep 2; touch late) & sleep 30', { deadline_ms: 300 });
    expect(ended.stopped).toBe('it did not end within 300 ms');
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(await readdir(folder)).toEqual([]);
  });

  test('with little memory', async () => {
    // The line has no end, so tail keeps all of it.
    const ended = await sh('head -c 400000000 /dev/zero | tail', { memory_kib: 64 * 1024 });
    expect(ended.output).toMatch(/memory/);
    expect(ended.code).not.toBe(0);
  });

  test('with the lowest priority', async () => {
    expect((await sh('nice')).output.trim()).toBe('19');
  });

  test('with a limit on the size of files', async () => {
    expect((await sh('yes > large')).code).not.toBe(0);
    expect((await stat(join(folder, 'large'))).size).toBeLessThanOrEqual(64 * 1024);
  });

  test('with a limit on the output', async () => {
    expect((await sh('yes')).stopped).toBe('it wrote more than 10000 bytes');
  });
});

test('invariant 26: OPA reads its files and writes its result, and nothing else of a worker that may change users', async () => {
  const { account, obstacle } = await accountFor('opa', { folder, paths: ['/bin/sh'] });
  expect(obstacle).toBeNull();
  const umask = process.umask(0o077);
  const files = { 'access/lib/x.rego': 'package access.lib.x' };
  await writeFile(join(folder, 'other.wasm'), 'the rules in force');
  const script = `
    cat access/lib/x.rego && echo
    echo made > ${RESULT} && echo result
    id -u
    (echo more >> access/lib/x.rego) 2>/dev/null && echo sources
    (ln -sf /etc/passwd ${RESULT} || : > new) 2>/dev/null && echo folder
    cat ${folder}/other.wasm ../other.wasm 2>/dev/null && echo rules
    cat /proc/${process.pid}/environ >/dev/null 2>&1 && echo environment
    kill -0 ${process.pid} 2>/dev/null && echo signal`;
  const { output, made } = await inOwnFolder({ folder, account }, files, async (own) => {
    const ended = await runLimited('/bin/sh', ['-c', script], own, limits);
    const result = join(own.folder, RESULT);
    const plain = (await lstat(result)).isFile();
    return { output: ended.output, made: plain ? await readFile(result, 'utf8') : 'a link' };
  }).finally(() => process.umask(umask));
  const said = output.trim().split('\n');
  expect(said.slice(0, 2)).toEqual(['package access.lib.x', 'result']);
  if (account) {
    expect(said.slice(2)).toEqual(['60802']);
    expect(made).toBe('made\n');
  } else {
    expect(process.getuid?.()).not.toBe(0);
    expect(said).toEqual(expect.arrayContaining([String(process.getuid?.()), 'signal']));
  }
  expect(await readdir(folder)).toEqual(['other.wasm']);
});

describe('a program that is not our OPA', () => {
  test.each([
    ['another version', '#!/bin/sh\necho Version: 0.1.0\n'],
    ['not a program', ''],
  ])('%s', async (_name, program) => {
    const opa = join(folder, 'opa');
    await writeFile(opa, program, { mode: 0o755 });
    const made = await compile(opa, { 'access/request.rego': 'package access' }, { folder });
    expect(made).toEqual({
      ok: false,
      problems: [
        expect.objectContaining({
          message: expect.stringMatching(/^Policies are compiled with OPA/),
        }),
      ],
    });
    expect(await readdir(folder)).toEqual(['opa']);
  });
});

describe('a bundle', () => {
  const entry = (name: string, size: string, content: string) =>
    Buffer.concat([
      Buffer.from(name.padEnd(124, '\0') + size.padEnd(12, '\0')),
      Buffer.alloc(512 - 136),
      Buffer.from(content.padEnd(512, '\0')),
    ]);
  const end = Buffer.alloc(1024);
  const both = gzipSync(
    Buffer.concat([entry('/a', '3', 'one'), entry('/b', '00000000003', 'two'), end]),
  );

  test('gives one of its files', () => {
    expect(Buffer.from(fileInTarball(both, '/b', 10_000) ?? []).toString()).toBe('two');
    expect(fileInTarball(both, '/c', 10_000)).toBeNull();
  });

  test('is refused if it is cut, not an archive, or too large', () => {
    expect(() => fileInTarball(gzipSync(entry('/a', '7777', 'one')), '/b', 10_000)).toThrow(
      'broken',
    );
    expect(() => fileInTarball(gzipSync(entry('/a', 'x', 'one')), '/b', 10_000)).toThrow('broken');
    expect(() => fileInTarball(Buffer.from('no'), '/a', 10_000)).toThrow();
    expect(() => fileInTarball(both, '/b', 1_000)).toThrow();
  });
});
