import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { fetchInto } from '../../../../src/adapters/github/git/fetch.js';

const TOKEN = 'ghs_a_token_that_nobody_may_read';
const BASIC = Buffer.from(`x-access-token:${TOKEN}`).toString('base64');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daypass-secret-'));
  execFileSync('git', ['init', '--quiet', '--bare', folder]);
});
afterAll(() => rm(folder, { recursive: true }));

/** The command line and the environment of each process below this one, as other processes of its user see them. */
async function below(): Promise<readonly { readonly command: string; readonly env: string }[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '');
    const [, ppid] = /\) \S (\d+)/.exec(stat) ?? [];
    if (ppid !== undefined) parents.set(Number(name), Number(ppid));
  }
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === process.pid || isBelow(parent));
  };
  const read = async (pid: number, what: string) =>
    readFile(`/proc/${pid}/${what}`, 'latin1').catch(() => '');
  return Promise.all(
    [...parents.keys()].filter(isBelow).map(async (pid) => ({
      command: await read(pid, 'cmdline'),
      env: await read(pid, 'environ'),
    })),
  );
}

/** A GitHub that wants a login, looks at the processes when it has one, and then fails. */
async function fetched(answer: 401 | 500, location?: string) {
  const logins: (string | undefined)[] = [];
  const seen: { command: string; env: string }[] = [];
  const server = createServer((request, response) => {
    const { authorization } = request.headers;
    logins.push(authorization);
    const status = authorization === undefined ? 401 : answer;
    const headers = location ? { location } : { 'www-authenticate': 'Basic realm="GitHub"' };
    void below().then((processes) => {
      seen.push(...processes);
      response.writeHead(location ? 302 : status, headers).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/acme/access.git`;
  const refreshed: boolean[] = [];
  const remote = async () => ({
    url,
    token: async (refresh: boolean) => {
      refreshed.push(refresh);
      return refresh ? `${TOKEN}_anew` : TOKEN;
    },
  });
  const what = { refspecs: ['+HEAD:refs/daypass/tip'], strict: true };
  const failure: unknown = await fetchInto(
    { path: folder, account: undefined },
    remote,
    what,
    20_000,
  ).catch((error: unknown) => error);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return { logins, seen, refreshed, failure: String(failure) };
}

test('invariant 24: the token is in no environment and no command line of git, or of what git starts', async () => {
  const { logins, seen, failure } = await fetched(500);
  expect(logins.slice(0, 2)).toEqual([undefined, `Basic ${BASIC}`]);
  expect(failure).toContain('500');
  const commands = seen.map(({ command }) => command).join('\n');
  for (const one of ['fetch', 'remote-http']) expect(commands).toContain(one);
  for (const { command, env } of seen) {
    for (const secret of [TOKEN, BASIC]) {
      expect(command).not.toContain(secret);
      expect(env).not.toContain(secret);
    }
  }
  expect(seen.some(({ env }) => env.includes('GIT_TERMINAL_PROMPT'))).toBe(true);
});

test('a token that GitHub refuses is asked for anew, once', async () => {
  const { logins, refreshed, failure } = await fetched(401);
  const anew = Buffer.from(`x-access-token:${TOKEN}_anew`).toString('base64');
  expect(refreshed).toEqual([false, true]);
  expect(logins).toContain(`Basic ${anew}`);
  expect(failure).toContain('Authentication failed');
});

test('invariant 24: the token goes to no other host, wherever GitHub leads', async () => {
  const heard: (string | undefined)[] = [];
  const other = createServer((request, response) => {
    heard.push(request.headers.authorization);
    response.writeHead(401, { 'www-authenticate': 'Basic realm="elsewhere"' }).end();
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  const where = `http://127.0.0.1:${port}/acme/access.git/info/refs?service=git-upload-pack`;
  const { failure } = await fetched(500, where);
  await new Promise((resolve) => other.close(resolve));
  expect(heard.length).toBeGreaterThan(0);
  expect(new Set(heard)).toEqual(new Set([undefined]));
  expect(failure).toMatch(/could not read Username/);
});
