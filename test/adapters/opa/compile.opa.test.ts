import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPolicy } from '../../../src/adapters/opa/policy.js';
import { compileStarter, differingFiles } from '../../../src/adapters/opa/starter.js';
import type { Problem } from '../../../src/core/reading/problem.js';
import { EngineFault, type LoadedPolicy, type Policy } from '../../../src/ports.js';
import { opaAsInWorker, opaOnPath } from '../../support/opa.js';
import { parseData, request, starterTree } from '../../../lab/acme/policy.js';

let folder: string;
let policy: Policy;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daypass-compile-'));
  policy = createPolicy({ parseData, folder, ...(await opaAsInWorker(folder)) });
});
afterAll(async () => {
  await policy.close();
  await rm(folder, { recursive: true });
});

const MINE = 'access/rules/production/mine/mine.rego';

/** The starter with one more rule, whose package and imports are given. */
const withRule = (rule: string) => ({
  id: 'mine',
  files: { ...starterTree.files, [MINE]: `package access.rules.production.mine\n\n${rule}\n` },
});

async function problems(rule: string): Promise<readonly Problem[]> {
  const load = await policy.load(withRule(rule));
  return load.ok ? [] : load.problems;
}

async function loaded(rule: string): Promise<LoadedPolicy> {
  const load = await policy.load(withRule(rule));
  if (!load.ok) throw new Error(JSON.stringify(load.problems));
  return load.policy;
}

const titled = (title: string) => ({ ...request(), pull_request: { number: 1, title, url: '' } });

test('wasm drift: the starter compiles to exactly the form that ships', async () => {
  const made = await compileStarter(opaOnPath(), starterTree.files, folder);
  if (!made.ok) throw new Error(JSON.stringify(made.problems));
  expect(await differingFiles(made.value)).toEqual([]);
});

test('a new rule is found by its folder, and its compiled form is kept for a worker without OPA', async () => {
  const rule = 'warn contains {"rule": "production/mine", "message": "Mind the step."}';
  const warning = { rule: 'production/mine', message: 'Mind the step.' };
  expect((await (await loaded(rule)).request(request())).warn).toEqual([warning]);

  const other = createPolicy({ parseData, folder, opa: null });
  const load = await other.load(withRule(rule));
  expect(load.ok && (await load.policy.request(request())).warn).toEqual([warning]);
  await other.close();
  expect((await readdir(folder)).filter((name) => name.startsWith('opa-'))).toEqual([]);
});

test('the example rule in policies/README.md compiles', async () => {
  const [, rule = ''] = /```rego\n([^]*?)```/.exec(starterTree.files['README.md'] ?? '') ?? [];
  const path = 'access/rules/production/reason/reason.rego';
  const load = await policy.load({ id: 'readme', files: { ...starterTree.files, [path]: rule } });
  if (!load.ok) throw new Error(JSON.stringify(load.problems));
  const input = request();
  const short = { ...input, grant: input.grant && { ...input.grant, reason: 'bug' } };
  expect((await load.policy.request(input)).deny).toEqual([]);
  expect((await load.policy.request(short)).deny.map((reason) => reason.rule)).toEqual([
    'production/reason',
  ]);
});

describe('invariant 26: built-ins that are not on the allow-list are refused', () => {
  test.each([
    ['http.send', 'http.send({"method": "get", "url": "http://127.0.0.1:1"}).status_code == 200'],
    ['opa.runtime', 'opa.runtime().env.HOME != ""'],
    ['time.now_ns', 'time.now_ns() > 0'],
    ['rand.intn', 'rand.intn("x", 10) == 3'],
    ['net.lookup_ip_addr', 'net.lookup_ip_addr("acme.test") != set()'],
    ['crypto.sha256', 'crypto.sha256("x") != ""'],
  ])('%s', async (name, condition) => {
    const rule = `deny contains {"rule": "x", "message": "y"} if ${condition}`;
    expect(await problems(rule)).toContainEqual({
      path: `policies/${MINE}`,
      line: 3,
      code: 'rules_do_not_compile',
      message: `undefined function ${name}`,
    });
  });
});

describe('a misspelt field is an error, not a silent rule', () => {
  test.each([
    ['input.graant.ticket', 'undefined ref: input.graant.ticket'],
    ['input.grant.tickett', 'undefined ref: input.grant.tickett'],
    ['input.previous.requester', 'undefined ref: input.previous.requester'],
    ['input.live[_].roles', 'undefined ref: input.live[_].roles'],
    ['input.now.zone.hours', 'undefined ref: input.now.zone.hours'],
    ['data.settings.environment', 'undefined ref: data.settings.environment'],
  ])('%s', async (field, message) => {
    const rule = `deny contains {"rule": "x", "message": "y"} if ${field} == "z"`;
    const found = await problems(rule);
    const code = 'rules_do_not_compile';
    expect(found).toContainEqual({ path: `policies/${MINE}`, line: 3, code, message });
  });
});

test('a file that is not Rego is reported with its line', async () => {
  expect(await problems('deny contains if')).toContainEqual(
    expect.objectContaining({ path: `policies/${MINE}`, line: 3 }),
  );
});

describe('invariant 3: an engine that fails is an error, and the next question is answered', () => {
  test('a policy that loops for ever meets its deadline, and nothing else waits for it', async () => {
    const { request: ask } = await loaded(`deny contains {"rule": "x", "message": "y"} if {
	input.pull_request.title == "loop"
	some i in numbers.range(1, 3000)
	some j in numbers.range(1, 3000)
	i * j == -1
}`);
    let ticks = 0;
    const clock = setInterval(() => (ticks += 1), 20);
    const started = performance.now();
    await expect(ask(titled('loop'))).rejects.toThrow('did not answer within 1000 ms');
    clearInterval(clock);
    expect(performance.now() - started).toBeGreaterThanOrEqual(990);
    expect(ticks).toBeGreaterThan(5);
    expect((await ask(titled('fine'))).deny).toEqual([]);
  });

  test('a policy that fills its memory is stopped', async () => {
    const { request: ask } = await loaded(`deny contains {"rule": "x", "message": "y"} if {
	input.pull_request.title == "memory"
	count(numbers.range(1, 100000000)) == 1
}`);
    await expect(ask(titled('memory'))).rejects.toThrow(EngineFault);
    expect((await ask(titled('fine'))).deny).toEqual([]);
  });

  test.each([
    ['a reason that is a number', 'deny contains 7'],
    [
      'nobody is asked',
      'require contains {"rule": "x", "message": "y", "any_of": {"teams": [], "users": []}, "count": 1, "exclude": []}',
    ],
    [
      'nobody is needed',
      'require contains {"rule": "x", "message": "y", "any_of": {"teams": ["security"], "users": []}, "count": 0, "exclude": []}',
    ],
  ])('an answer of the wrong shape: %s', async (_name, head) => {
    const { request: ask } = await loaded(`${head} if input.pull_request.title == "shape"`);
    await expect(ask(titled('shape'))).rejects.toThrow(
      'access/request answered in the wrong shape',
    );
    expect((await ask(titled('fine'))).deny).toEqual([]);
  });
});

describe('the trial: a policy that would approve by silence never loads', () => {
  const load = async (files: Record<string, string>) => {
    const tried = await policy.load({ id: 'tried', files: { ...starterTree.files, ...files } });
    return tried.ok ? [] : tried.problems.map(({ message }) => message);
  };
  const request = (body: string) => ({
    'access/request.rego': `package access\n\nrequest := ${body}\n`,
  });

  test('a policy that approves everything', async () => {
    const body =
      '{"deny": [], "warn": [], "require": [], "approve": [{"rule": "x", "message": "y"}]}';
    expect(await load(request(body))).toEqual([
      'An empty input is not denied.',
      'An unknown environment is not denied.',
    ]);
  });

  test('a policy that answers yes or no', async () => {
    expect(await load(request('true'))).toEqual([
      expect.stringMatching(/^An empty input: access\/request answered in the wrong shape/),
      expect.stringMatching(/^An unknown environment: access\/request answered in the wrong shape/),
    ]);
  });

  test('a policy whose use allows everything', async () => {
    const use =
      'package access.use\n\ndeny := []\n\napprove := [{"rule": "x", "message": "y", "grant": "g", "ends_at": null}]\n';
    expect(await load({ 'access/use.rego': use })).toEqual(['An empty question is not denied.']);
  });
});
