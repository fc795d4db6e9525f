import { getActiveResourcesInfo } from 'node:process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../../lab/until.js';
import type { ProcessOptions } from '../../src/clients/process.js';
import { runProcess } from '../../src/clients/process.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daypass-process-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const PATH = process.env['PATH'] ?? '';
const options: ProcessOptions = { env: { PATH }, deadline_ms: 20_000, max_bytes: 10_000 };
const sh = (script: string, some: Partial<ProcessOptions> = {}) =>
  runProcess('/bin/sh', ['-c', script], { ...options, cwd: folder, ...some });

/** True while a process runs; a zombie that nobody has reaped yet does not. */
async function runs(pid: number): Promise<boolean> {
  const { stdout } = await runProcess('ps', ['-o', 'stat=', '-p', String(pid)], options);
  return /^[^Z\s]/.test(stdout.toString().trim());
}

/** Waits up to five seconds: a killed process needs a moment. */
async function isGone(pid: number): Promise<boolean> {
  for (let look = 0; look < 100; look += 1) {
    if (!(await runs(pid))) return true;
    await pause(50);
  }
  return false;
}

describe('a process that ends by itself', () => {
  test.each([0, 1, 42])('with code %d', async (code) => {
    const run = await sh(`echo out; echo err >&2; exit ${code}`);
    expect(run).toMatchObject({ end: { kind: 'exit', code }, outcome: `exited with ${code}` });
    expect([run.stdout.toString(), run.stderr.toString()]).toEqual(['out\n', 'err\n']);
  });

  test('by a signal that was not ours', async () => {
    const { end, outcome } = await sh('kill -TERM $$');
    expect(end).toEqual({ kind: 'signal', signal: 'SIGTERM' });
    expect(outcome).toBe('was ended by SIGTERM');
  });

  test('leaves no helper behind, and does not wait for one', async () => {
    const started = performance.now();
    const { end, stdout } = await sh('sleep 60 & echo $!');
    expect(end).toEqual({ kind: 'exit', code: 0 });
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(await isGone(Number(stdout))).toBe(true);
  });
});

describe('a process that is stopped', () => {
  test('at its deadline, with its children and theirs', async () => {
    const started = performance.now();
    const { end, outcome, stdout } = await sh(
      'sh -c "sleep 60 & echo \\$!; wait" & echo $!; wait',
      {
        deadline_ms: 500,
      },
    );
    expect(end).toEqual({ kind: 'deadline' });
    expect(outcome).toBe('did not end within 500 ms');
    expect(performance.now() - started).toBeLessThan(10_000);
    const pids = stdout.toString().trim().split('\n').map(Number);
    expect(pids).toHaveLength(2);
    expect(await Promise.all(pids.map(isGone))).toEqual([true, true]);
  });

  test('at its deadline even if a helper that left the group keeps its output open', async () => {
    const script = `const { spawn } = require('node:child_process');
      const child = spawn('sleep', ['60'], { detached: true, stdio: 'inherit' });
      console.log(child.pid);
      child.unref();`;
    const deadline = { ...options, deadline_ms: 2_000 };
    const { end, stdout } = await runProcess(process.execPath, ['-e', script], deadline);
    expect(end).toEqual({ kind: 'deadline' });
    const pid = Number(stdout);
    expect(await runs(pid)).toBe(true);
    process.kill(pid, 'SIGKILL');
  });

  test.each([
    ['on standard output', 'yes', {}],
    [
      'on both together where both count',
      'head -c 6000 /dev/zero; head -c 6000 /dev/zero >&2; sleep 60',
      { count_stderr: true },
    ],
  ])('at its output cap, %s', async (_, script, some) => {
    const { end, outcome, stdout, stderr } = await sh(script, some);
    expect(end).toEqual({ kind: 'output' });
    expect(outcome).toBe('wrote more than 10000 bytes');
    expect(stdout.length + stderr.length).toBeLessThanOrEqual(10_000);
  });

  test('not at its standard error, of which only the end is kept', async () => {
    const { end, stdout, stderr } = await sh(
      'echo out; yes warning | head -c 3000000 >&2; echo fatal: why >&2',
    );
    expect(end).toEqual({ kind: 'exit', code: 0 });
    expect(stdout.toString()).toBe('out\n');
    expect(stderr).toHaveLength(16 * 1024);
    expect(stderr.toString()).toMatch(/warning\nfatal: why\n$/);
  });

  test('not at output that the cap just allows', async () => {
    const { end, stdout } = await sh('head -c 10000 /dev/zero');
    expect(end).toEqual({ kind: 'exit', code: 0 });
    expect(stdout).toHaveLength(10_000);
  });
});

describe('a process that cannot be started', () => {
  test.each([
    ['no such program', () => runProcess(join(folder, 'none'), [], options), 'ENOENT'],
    ['no such folder', () => sh('true', { cwd: join(folder, 'none') }), 'ENOENT'],
    ['a folder for a program', () => runProcess(folder, [], options), 'EACCES'],
    ['too long a command line', () => sh('x'.repeat(8_000_000)), 'E2BIG'],
  ])('%s', async (_, run, code) => {
    const { end, outcome, stdout } = await run();
    expect(end).toMatchObject({ kind: 'not-started', cause: { code } });
    expect(outcome).toMatch(new RegExp(`^could not be started: .*${code}`));
    expect(stdout).toHaveLength(0);
  });
});

describe('what a process is given', () => {
  test('its environment is what it is given and nothing of ours', async () => {
    process.env['A_SECRET'] = 'hunter2';
    const run = await runProcess('/usr/bin/env', [], { ...options, env: { ONE: '1' } });
    delete process.env['A_SECRET'];
    expect(run.stdout.toString()).toBe('ONE=1\n');
  });

  test('its input, which is empty by default', async () => {
    expect((await sh('cat')).stdout.toString()).toBe('');
    expect((await sh('cat', { input: 'ä\n' })).stdout.toString()).toBe('ä\n');
  });

  test('more input than it reads', async () => {
    const { end } = await sh('exec 0<&-; exit 3', { input: 'x'.repeat(5_000_000) });
    expect(end).toEqual({ kind: 'exit', code: 3 });
  });
});

test('nothing is left behind: no timer, no pipe, no listener', async () => {
  const left = () => getActiveResourcesInfo().filter((name) => name !== 'Immediate');
  const listeners = () => process.eventNames().map((name) => process.listenerCount(name));
  const before = { left: left(), listeners: listeners() };
  /** What there is more of than before; what was there may have gone meanwhile. */
  const more = () => {
    const rest = [...before.left];
    return left().filter((name) => {
      const at = rest.indexOf(name);
      if (at >= 0) rest.splice(at, 1);
      return at < 0;
    });
  };
  await sh('cat', { input: 'x' });
  await sh('sleep 60', { deadline_ms: 100 });
  await sh('yes');
  await runProcess(join(folder, 'none'), [], options);
  expect(await readdir(folder)).toEqual([]);
  await until('nothing left', async () => more().length === 0, 5_000);
  expect(listeners()).toEqual(before.listeners);
});
