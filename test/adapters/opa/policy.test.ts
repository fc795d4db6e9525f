import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Problem } from '../../../src/core/reading/problem.js';
import { readStarter, writeCached } from '../../../src/adapters/opa/cache.js';
import { compileKey, sources } from '../../../src/adapters/opa/digest.js';
import { READER } from '../../../src/core/ledger/archived-policy.js';
import { createPolicy, type PolicyOptions } from '../../../src/adapters/opa/policy.js';
import { EngineFault, type LoadedPolicy, type Policy } from '../../../src/ports.js';
import { parseData, request, starterTree as starter } from '../../../lab/acme/policy.js';
import { until } from '../../../lab/until.js';

let folder: string;
let policy: Policy;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daypass-policy-'));
  policy = createPolicy(options());
});
afterAll(async () => {
  await policy.close();
  await rm(folder, { recursive: true });
});

function options(): PolicyOptions {
  return { parseData, folder, opa: null };
}

async function loaded(tree = starter): Promise<LoadedPolicy> {
  const load = await policy.load(tree);
  if (!load.ok) throw new Error(JSON.stringify(load.problems));
  return load.policy;
}

/** The problems of the starter with other files in it. */
async function problems(files: Record<string, string>, without: string[] = []) {
  const kept = Object.entries(starter.files).filter(([path]) => !without.includes(path));
  const load = await policy.load({ id: 'other', files: { ...Object.fromEntries(kept), ...files } });
  return load.ok ? [] : load.problems;
}

describe('the starter, without OPA', () => {
  test('loads and answers', async () => {
    const answer = await (await loaded()).request(request());
    expect(answer.deny).toEqual([]);
    expect(answer.require.map(({ any_of }) => any_of.teams)).toEqual([['payments'], ['security']]);
  });

  test('invariant 23: digests name tree, data, wasm and compiler, and the same question has the same bytes', async () => {
    const { digests, request: ask } = await loaded();
    expect(digests).toEqual({
      tree: 'starter',
      data: expect.stringMatching(/^[0-9a-f]{64}$/),
      wasm: expect.stringMatching(/^[0-9a-f]{64}$/),
      compiler: expect.stringMatching(/^opa 1\.22\.2 sha256:[0-9a-f]{64}$/),
      reader: READER,
    });
    const [once, again] = await Promise.all([ask(request()), ask(request())]);
    expect(JSON.stringify(once)).toBe(JSON.stringify(again));
  });

  test('invariant 22: compiled rules that name another compiler are refused', async () => {
    const rego = { ...sources(starter.files), 'access/lib/more.rego': 'package access.lib.more\n' };
    const shipped = await readStarter(compileKey(sources(starter.files)));
    if (!shipped) throw new Error('no compiled form ships');
    const manifest = { ...shipped.manifest, key: compileKey(rego), compiler: 'opa 0' };
    await writeCached(folder, { ...shipped, manifest });
    const planted = { 'access/lib/more.rego': 'package access.lib.more\n' };
    expect(await problems(planted)).toHaveLength(1);
  });

  test('needs no compiler for other data or other tests', async () => {
    expect(await problems({ 'access/lib/more_test.rego': 'package access_test.more\n' })).toEqual(
      [],
    );
    expect(
      await problems({ 'settings.yaml': `${starter.files['settings.yaml'] ?? ''}# more\n` }),
    ).toEqual([]);
  });

  test('a question after a fault gets a fresh thread', async () => {
    const { request: ask } = await loaded();
    const huge = { ...request(), contributors: [2 ** 53 + 2] };
    await expect(ask(huge)).rejects.toThrow(EngineFault);
    await policy.close();
    expect((await ask(request())).deny).toEqual([]);
  });
});

describe('only a few of many policies are kept', () => {
  /** Node's own account of the threads of this process that are alive. */
  const threads = () => (process.report.getReport() as { workers: unknown[] }).workers.length;
  const settled = async (count: number) => {
    for (let i = 0; i < 500 && threads() !== count; i++) await sleep(10);
    expect(threads()).toBe(count);
  };

  test('a policy that is no longer kept still answers, and leaves no thread behind', async () => {
    await policy.close();
    await settled(0);
    const first = await loaded({ ...starter, id: '1' });
    for (const id of ['2', '3', '4', '5']) await loaded({ ...starter, id });
    await settled(4);
    const answers = await Promise.all([1, 2, 3].map(() => first.request(request())));
    expect(answers.map(({ deny }) => deny)).toEqual([[], [], []]);
    await settled(4);
    await policy.close();
    await settled(0);
  });
});

describe('invariant 3: a question that cannot be asked exactly is a fault', () => {
  test.each([
    ['a number over 2^53', { contributors: [2 ** 53] }],
    ['no number', { contributors: [Number.NaN] }],
    ['too much', { pull_request: { number: 1, url: '', title: 'x'.repeat(5_000_000) } }],
  ])('%s', async (_name, part) => {
    await expect((await loaded()).request({ ...request(), ...part })).rejects.toThrow(EngineFault);
  });
});

describe('a tree that does not load says what is wrong', () => {
  test('its rules are not compiled, and there is no OPA', async () => {
    const rego = 'package access.rules.production.mine\n';
    expect(await problems({ 'access/rules/production/mine/mine.rego': rego })).toEqual([
      {
        path: 'policies/access',
        line: null,
        code: 'opa_missing',
        message: 'These rules are not compiled yet, and OPA was not found to compile them.',
      },
    ]);
  });

  test('it has rules for an environment that the settings lack', async () => {
    const rego = 'package access.rules.moon.mine\n';
    const [problem] = await problems({ 'access/rules/moon/mine/mine.rego': rego });
    expect(problem?.message).toBe(
      '"moon" is not an environment of settings.yaml. Use development, staging, ci, production or every.',
    );
  });

  test('it has a stray JSON file, which OPA would read as data', async () => {
    const [problem] = await problems({ 'access/data.json': '{}' });
    expect(problem?.path).toBe('policies/access/data.json');
    expect(problem?.message).toMatch(/^Nothing is read from this path\. Allowed are README\.md/);
  });

  test('a file is too large', async () => {
    const [problem] = await problems({ 'access/lib/big.rego': '#'.repeat(256 * 1024 + 1) });
    expect(problem?.message).toBe('262145 bytes; at most 262144 are read.');
  });

  test('its data files have problems', async () => {
    const wrong: Problem = {
      ...{ path: 'policies/settings.yaml', line: 3, code: 'wrong_value', message: 'no' },
    };
    const picky = createPolicy({
      ...options(),
      parseData: (files) => ({
        ok: false,
        problems: Object.keys(files).includes('catalog/orders-db.yaml') ? [wrong] : [],
      }),
    });
    expect(await picky.load(starter)).toEqual({ ok: false, problems: [wrong] });
  });

  test('invariant 16: a tree whose data cannot be read is read once, however often it is loaded', async () => {
    let parsed = 0;
    const wrong: Problem = {
      ...{ path: 'policies/settings.yaml', line: 3, code: 'wrong_value', message: 'no' },
    };
    const parseData = () => {
      parsed += 1;
      return { ok: false as const, problems: [wrong] };
    };
    const picky = createPolicy({ ...options(), parseData });
    for (let i = 0; i < 3; i += 1) {
      const again = { id: starter.id, files: { ...starter.files } };
      expect(await picky.load(again)).toEqual({ ok: false, problems: [wrong] });
    }
    expect(parsed).toBe(1);
  });

  test('a load that failed because OPA was missing is tried again', async () => {
    let looked = 0;
    const later = createPolicy({
      parseData,
      folder,
      get opa() {
        looked += 1;
        return null;
      },
    });
    const rego = 'package access.rules.production.mine\n';
    const files = { ...starter.files, 'access/rules/production/mine/mine.rego': rego };
    const looks = async () => {
      const before = looked;
      expect((await later.load({ id: 'mine', files })).ok).toBe(false);
      return looked - before;
    };
    expect([await looks(), await looks()]).toEqual([1, 1]);
    await later.close();
  });
});

test('at most two trials run at once, and the tree in force does not wait for them', async () => {
  const log = join(folder, 'log');
  const gate = join(folder, 'gate');
  // An OPA that says when it begins, and ends when the gate is open.
  const opa = join(folder, 'opa');
  await writeFile(
    opa,
    `#!/bin/sh\necho begun >> ${log}\nuntil [ -e ${gate} ]; do sleep 0.05; done\nexit 1\n`,
    { mode: 0o755 },
  );
  const own = createPolicy({ ...options(), opa });
  const begun = async () =>
    (await readFile(log, 'utf8').catch(() => '')).split('\n').filter(Boolean).length;
  try {
    const trials = ['one', 'two', 'three'].map((name) => {
      const rule = { [`access/lib/${name}.rego`]: `package access.lib.${name}\n` };
      return own.trial({ id: name, files: { ...starter.files, ...rule } });
    });
    await until('two trials', async () => (await begun()) === 2);
    expect((await own.load(starter)).ok).toBe(true);
    expect(await begun()).toBe(2);
    await writeFile(gate, '');
    for (const { policy: none } of await Promise.all(trials)) expect(none).toBeNull();
    expect(await begun()).toBeGreaterThanOrEqual(3);
  } finally {
    await writeFile(gate, '');
    await own.close();
  }
});

test('invariants 1, 6: what keeps a new tree from coming into force does not unload one that is in force', async () => {
  const files = { ...starter.files, 'identities.yaml': 'patterns: { postgres: "{login}" }\n' };
  const tree = { id: 'bare', files };
  expect(await policy.load(tree)).toMatchObject({ ok: true });
  expect(await policy.trial(tree)).toMatchObject({
    policy: expect.anything(),
    problems: [{ path: 'policies/identities.yaml', code: 'bare_login' }],
  });
});
