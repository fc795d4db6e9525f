import { expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embeddedHome } from '../../src/adapters/postgres/embedded/account.js';
import { startProgram } from '../processes/process.js';

const TOLD = [
  'check daypass is success: Approved: alice gets read-only on orders-db in production',
  'alice queries the orders database and gets [{"item":"a lamp"}]',
  'ended at its time, seen gone at',
  'check daypass is failure: Denied: read-write is a high-risk role',
  'GitHub answers 405: Required status check "daypass" is failing.',
  'The grant staging/alice-logs allows logs until',
  '; this is restart.',
  'it says how to ask for it: daypass request orders-api --role operator',
  'The grant staging/alice-orders-api allows restart until',
  'check daypass is success: Approved: alice loses read-only on orders-db in development',
  'alice queries the orders database and is refused: permission denied for table orders',
  'The audit trail of access-grants/development/alice-orders.yml',
  'active, seen there',
  'revoked, seen gone',
];

test('the demo plays its story to the end and leaves nothing running', async () => {
  const demo = startProgram(['setup/demo.mjs'], { HOME: process.env.HOME ?? '' });
  expect(await demo.exited).toBe(0);
  const out = demo.lines.join('\n');
  for (const line of TOLD) expect(out).toContain(line);
  // Each step is shown with its time, and the ledger is verified at the end.
  expect(out).toMatch(/^ {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}alice merges #1$/m);
  expect(demo.lines.find((line) => line.includes('the ledger is'))).toMatch(/intact: \d+ entries$/);
  const [, seconds] = /^Done in (\d+) s\.$/.exec(demo.lines.at(-1) ?? '') ?? [];
  // The README promises under 90 seconds after the installation.
  expect(Number(seconds)).toBeLessThan(90);
}, 300_000);

test('with --keep it stays, says how to look around, and ends when it is asked to', async () => {
  const demo = startProgram(['setup/demo.mjs', '--keep'], { HOME: process.env.HOME ?? '' });
  const told = await demo.line((line) => line.includes('/_stand-in/clock'), 240_000);
  const github = /http:\/\/[^/]+/.exec(told)?.[0] ?? '';
  expect((await fetch(`${github}/_stand-in/clock`)).ok).toBe(true);
  const [command = ''] = /node .* doctor/.exec(await demo.line((l) => l.includes('doctor'))) ?? [];
  const doctor = startProgram(command.split(' ').slice(1), {});
  await doctor.exited;
  for (const about of ['database', 'queue', 'target orders']) {
    const found = doctor.lines.filter((line) => new RegExp(`^\\w+ +${about}`).test(line));
    expect(found).not.toEqual([]);
    expect(found.filter((line) => !line.startsWith('good '))).toEqual([]);
  }
  expect(await demo.end('SIGINT')).toBe(0);
  await expect(fetch(github)).rejects.toThrow();
}, 300_000);

test.each([
  ['while the stage is being set', "GitHub's stand-in", 'SIGINT', 130],
  ['while the processes start', 'target (PostgreSQL)', 'SIGTERM', 143],
  ['in its story', 'alice opens pull request #1', 'SIGINT', 130],
] as const)(
  'at %s it closes everything',
  async (_, at, signal, code) => {
    const temporary = await mkdtemp(join(tmpdir(), 'demo-test-'));
    const env = { HOME: process.env.HOME ?? '', TMPDIR: temporary };
    const demo = startProgram(['setup/demo.mjs'], env);
    await demo.line((line) => line.includes(at), 240_000);
    expect(await demo.end(signal)).toBe(code);
    expect((await readdir(temporary)).filter((name) => name.startsWith('daypass'))).toEqual([]);
    const own = `${String(demo.pid)}-`;
    const servers = await readdir(join(embeddedHome(), 'throwaway'));
    expect(servers.filter((name) => name.startsWith(own))).toEqual([]);
    const running = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n');
    expect(
      running.filter((line) => [temporary, `/${own}`].some((its) => line.includes(its))),
    ).toEqual([]);
    await rm(temporary, { recursive: true });
  },
  300_000,
);
