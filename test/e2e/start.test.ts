import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ownFolder } from '../../src/adapters/postgres/embedded/own-database.js';
import { freePort } from '../../src/adapters/postgres/embedded/server.js';
import { person } from '../../lab/github/people.js';
import { startGitHub } from '../../lab/github/start.js';
import type { RunningGitHub } from '../../lab/github/start.js';
import { ACCESS_REPOSITORY, APP_ID, WEBHOOK_SECRET, acme, appKey } from '../../lab/acme/acme.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import { startProgram } from '../../lab/processes/process.js';
import { until } from '../../lab/until.js';
import type { Program } from '../../lab/processes/process.js';

/** A line of a process's log; `time` in milliseconds since 1970. */
interface Said {
  readonly level: number;
  readonly time: number;
  readonly name: string;
  readonly msg: string;
}
/** pino's number. */
const WARN = 40;

describe('npm start alone', () => {
  const home = `.daypass/tests/start-${randomUUID().slice(0, 8)}`;
  const privateKey = appKey();
  const started: Program[] = [];
  let github: RunningGitHub;
  let ports: { web: number; worker: number };
  beforeAll(async () => {
    ports = { web: await freePort(), worker: await freePort() };
    const webhookUrl = `http://127.0.0.1:${String(ports.web)}/api/github/webhooks`;
    github = await startGitHub(acme({ privateKey, webhookUrl }));
  }, 60_000);
  afterAll(async () => {
    for (const program of started) await program.end('SIGTERM');
    await github.close();
    await rm(ownFolder(home), { recursive: true, force: true, maxRetries: 3 });
    await rm(home, { recursive: true, force: true });
  }, 60_000);

  const environment = () => ({
    APP_ID: String(APP_ID),
    PRIVATE_KEY: privateKey,
    WEBHOOK_SECRET,
    ACCESS_REPOSITORY,
    GITHUB_API_URL: github.url,
    DAYPASS_HOME: home,
    PORT: String(ports.web),
    WORKER_PORT: String(ports.worker),
    // An empty variable counts as missing.
    DATABASE_URL: '',
  });
  const start = () => {
    const program = startProgram(['dist/bin/start.js'], environment());
    started.push(program);
    return program;
  };
  const answers = async (port: number, path: string) =>
    (await fetch(`http://127.0.0.1:${String(port)}${path}`)).status;
  const ready = () =>
    until('web and worker are ready', async () => {
      const statuses = [
        await answers(ports.web, '/readyz'),
        await answers(ports.worker, '/readyz'),
      ];
      return statuses.every((status) => status === 200);
    });

  test('all mistakes in the environment are reported at once, without secrets (invariant 24)', async () => {
    const program = startProgram(['dist/bin/start.js'], { PRIVATE_KEY: 'hunter2', APP_ID: 'x' });
    expect(await program.exited).toBe(78);
    const said = program.lines.join('\n');
    for (const name of ['WEBHOOK_SECRET', 'APP_ID', 'PRIVATE_KEY', 'ACCESS_REPOSITORY']) {
      expect(said).toContain(name);
    }
    expect(said).not.toContain('hunter2');
  });

  test('it runs everything on its own PostgreSQL, and SIGTERM closes everything in order', async () => {
    const program = start();
    await ready();
    const before = program.lines.length;
    const ended = program.end('SIGTERM');
    await program.line((line) => line.includes('closing: web first'));
    // npm makes two of one Ctrl-C.
    expect(await program.end('SIGTERM')).toBe(0);
    expect(await ended).toBe(0);
    const said = program.lines
      .slice(before)
      .map((line) => JSON.parse(line) as Said)
      .sort((a, b) => a.time - b.time);
    expect(said.filter(({ level }) => level >= WARN)).toEqual([]);
    const order = said.filter(({ msg }) => msg.startsWith('clos'));
    expect(order.map(({ name, msg }) => `${name} ${msg}`)).toEqual([
      expect.stringMatching(/^start closing/),
      ...['web closing', 'web closed', 'worker closing', 'worker closed', 'start closed'],
    ]);
    const [, asked = ''] =
      /^(.*) \[\d+\] LOG: {2}received fast shutdown request$/m.exec(
        readFileSync(join(ownFolder(home), 'server.log'), 'utf8'),
      ) ?? [];
    const worker = said.find(({ name, msg }) => name === 'worker' && msg === 'closed');
    expect(Date.parse(asked)).toBeGreaterThanOrEqual(worker?.time ?? Infinity);
    await expect(answers(ports.web, '/healthz')).rejects.toThrow();
  }, 120_000);

  test('invariant 17: after kill -9 the next start recovers, and finds what was recorded', async () => {
    const killed = start();
    await ready();
    await killed.end('SIGKILL');
    const again = start();
    await ready();
    const firsts = again.lines.filter((line) => line.includes('first start is done'));
    expect(firsts).toEqual([]);
    expect(await again.end('SIGTERM')).toBe(0);
  }, 180_000);

  test('invariant 17: after kill -9 during a call to GitHub that hangs, the next start shows the decision, once', async () => {
    const killed = start();
    await ready();
    const { faults } = github.github;
    const route = '/repos/{owner}/{repo}/check-runs';
    // Longer than any test: the call is never carried out.
    const never = { delay_ms: 600_000, drop: true };
    faults.add({ match: { method: 'POST', route }, do: never, times: 1 });
    const alice = person(github.url, 'tok_alice');
    const files = { 'access-grants/development/alice.yml': grantFile({ ticket: null }) };
    await alice.push(ACCESS_REPOSITORY, { branch: 'asks', files });
    const { head } = await alice.openPullRequest(ACCESS_REPOSITORY, { title: 'a', head: 'asks' });
    await until('a call that hangs', async () => faults.list().length === 0);
    await killed.end('SIGKILL');
    const again = start();
    const path = `/repos/${ACCESS_REPOSITORY}/commits/${head.sha}/check-runs?filter=all`;
    const shown = () =>
      alice.must<{ check_runs: { name: string; conclusion: string }[] }>('GET', path);
    await until('a check', async () => (await shown()).check_runs.length > 0, 120_000);
    await ready();
    expect(await again.end('SIGTERM')).toBe(0);
    expect((await shown()).check_runs).toMatchObject([{ name: 'daypass', conclusion: 'success' }]);
    await alice.close();
  }, 240_000);

  test('invariant 17: if its own PostgreSQL is killed it ends and says so, and the next start recovers', async () => {
    const program = start();
    await ready();
    const [pid] = readFileSync(
      join(ownFolder(home), 'cluster', 'data', 'postmaster.pid'),
      'utf8',
    ).split('\n');
    process.kill(Number(pid), 'SIGKILL');
    expect(await program.exited).toBe(1);
    expect(program.lines.join('\n')).toContain('our own PostgreSQL exited unexpectedly');
    await expect(answers(ports.worker, '/healthz')).rejects.toThrow();
    const again = start();
    await ready();
    expect(await again.end('SIGTERM')).toBe(0);
  }, 180_000);

  test.each([
    ['worker', 'web'],
    ['web', 'worker'],
  ] as const)(
    'invariant 25: a killed %s is started again, and %s continues meanwhile',
    async (killed, other) => {
      const program = start();
      await ready();
      const line = await program.line(
        (l) => l.includes(`"name":"${killed}"`) && l.includes('"ready"'),
      );
      process.kill((JSON.parse(line) as { pid: number }).pid, 'SIGKILL');
      await program.line((l) => l.includes(`${killed} exited unexpectedly (SIGKILL)`));
      expect(await answers(ports[other], '/healthz')).toBe(200);
      await ready();
      expect(await program.end('SIGTERM')).toBe(0);
    },
    180_000,
  );
});
