import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { starter } from '../../lab/acme/acme.js';
import { ask } from './asking.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'daypass-init-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const init = (...args: readonly string[]) => ask(['init', ...args], {}, { cwd: folder });

describe('daypass init', () => {
  test('copies the starter, byte for byte', async () => {
    const { exit, out } = await init();
    expect(exit).toBe(0);
    for (const [path, content] of Object.entries(starter())) {
      expect(readFileSync(join(folder, path), 'utf8')).toBe(content);
    }
    expect(existsSync(join(folder, 'access-grants/schema.json'))).toBe(true);
    const done = out.findIndex((line) => /^copied \d+ files into \.$/.test(line));
    expect(out.slice(done + 1).join('\n')).toMatch(
      /^\nNext:\n {2}1\. Edit policies\/settings\.yaml/,
    );
  });

  test('a second time, nothing is overwritten and everything is listed', async () => {
    await init();
    writeFileSync(join(folder, 'policies/settings.yaml'), 'mine');
    const again = await init('--json');
    expect(again.exit).toBe(1);
    const { would_overwrite } = again.json() as { would_overwrite: string[] };
    expect(would_overwrite).toHaveLength(Object.keys(starter()).length + 2);
    expect(readFileSync(join(folder, 'policies/settings.yaml'), 'utf8')).toBe('mine');
  });

  test('a refusal names ten files and counts the others', async () => {
    await init();
    const { err } = await init();
    expect(err).toHaveLength(12);
    const all = Object.keys(starter()).length + 2;
    expect(err.at(-1)).toBe(`  and ${all - 10} more`);
  });

  test('if one file exists already, nothing is copied', async () => {
    writeFileSync(join(folder, 'policies'), 'a file');
    const { exit, err } = await init();
    expect(exit).toBe(1);
    expect(err.join('\n')).toContain('  policies/README.md');
    expect(existsSync(join(folder, 'access-grants'))).toBe(false);
  });

  test('nothing is written through a link', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'daypass-elsewhere-'));
    symlinkSync(elsewhere, join(folder, 'policies'));
    expect((await init()).exit).toBe(1);
    expect(existsSync(join(elsewhere, 'settings.yaml'))).toBe(false);
    rmSync(elsewhere, { recursive: true });
  });

  test('a folder that does not exist', async () => {
    const { exit, err } = await init('nowhere');
    expect(exit).toBe(1);
    expect(err.join('')).toContain('clone the access repository first');
  });
});
