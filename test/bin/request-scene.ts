import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { acme, ACCESS_REPOSITORY, appKey } from '../../lab/acme/acme.js';
import { startClock } from '../../lab/github/clock.js';
import { person, type Person } from '../../lab/github/people.js';
import { startGitHub, type RunningGitHub } from '../../lab/github/start.js';
import type { RequestResult } from '../../src/compose/request.js';
import { ask, type Answered } from './asking.js';

export const REASON = 'Slow order queries since the 14:10 deploy';
/** What alice may ask for in production. */
export const SAID = [
  ...['orders-db', '--role', 'read-only', '--environment', 'production', '--for', '4h'],
  ...['--ticket', 'INC-4821', '--reason', REASON],
];

/** A Tuesday at noon in Berlin, within the hours of the starter. */
const NOON = Date.parse('2026-11-24T11:00:00Z');

/** A stand-in of acme, in which alice asks for access; mallory may only read, and there is no Daypass. */
export interface RequestScene {
  readonly github: RunningGitHub;
  readonly alice: Person;
  /** Of alice's machine. */
  readonly env: Readonly<Record<string, string>>;
  /** The bare access repository. */
  readonly dir: string;
  request(
    args?: readonly string[],
    change?: Readonly<Record<string, string>>,
    as?: Parameters<typeof ask>[2],
  ): Promise<Answered>;
  /** A request that must open a pull request. */
  opened(args?: readonly string[]): Promise<RequestResult & { readonly number: number }>;
  /** The branches of requests, and the number of pull requests. */
  made(): readonly [branches: string, pulls: number];
  /** How many calls were writes. */
  writes(): number;
  /** Runs it, and makes sure that nothing was written for good. */
  leavesNothing<T>(run: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export async function startRequests(): Promise<RequestScene> {
  const home = mkdtempSync(join(tmpdir(), 'daypass-request-'));
  const seed = acme({ privateKey: appKey(), webhookUrl: 'http://127.0.0.1:9/' });
  const reader = { login: 'mallory', id: 900, email: 'mallory@acme.test' };
  const [repo] = seed.repos ?? [];
  if (!repo) throw new Error('acme has no repository');
  const github = await startGitHub(
    {
      ...seed,
      users: [...(seed.users ?? []), reader],
      tokens: { ...seed.tokens, tok_mallory: { login: 'mallory' } },
      repos: [
        { ...repo, collaborators: { mallory: 'read' } },
        { owner: 'acme', name: 'orders', id: 9002, files: { 'README.md': '# Orders\n' } },
      ],
    },
    { clock: startClock(() => NOON) },
  );
  const dir = [...github.state.repos.values()].find(({ name }) => name === 'access')?.dir ?? '';
  const alice = person(github.url, 'tok_alice');
  const env = {
    ...{ GITHUB_API_URL: github.url, ACCESS_REPOSITORY, GH_TOKEN: 'tok_alice' },
    ...{ DAYPASS_HOME: home, PATH: process.env['PATH'] ?? '' },
    ...{ NODE_ENV: 'test', DAYPASS_CLOCK: github.clock_url },
  };
  const request: RequestScene['request'] = (args = SAID, change = {}, as = {}) =>
    ask(['request', ...args], { ...env, ...change }, as);
  const made: RequestScene['made'] = () => {
    const refs = ['for-each-ref', '--format=%(refname)', 'refs/heads/daypass'];
    const branches = execFileSync('git', ['-C', dir, ...refs], { encoding: 'utf8' });
    return [branches, github.state.pulls.size];
  };
  return {
    ...{ github, alice, env, dir, request, made },
    opened: async (args = SAID) => {
      const answered = await request([...args, '--json']);
      if (answered.exit !== 0) throw new Error([...answered.err, ...answered.out].join('\n'));
      const result = answered.json() as RequestResult;
      return { ...result, number: result.pull_request?.number ?? 0 };
    },
    writes: () => github.github.calls.list().filter((call) => call.writes).length,
    leavesNothing: async (run) => {
      const before = made();
      const found = await run();
      expect(made()).toEqual(before);
      return found;
    },
    close: async () => {
      await alice.close();
      await github.close();
      rmSync(home, { recursive: true });
    },
  };
}
