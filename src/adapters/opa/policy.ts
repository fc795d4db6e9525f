import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import type { OsAccount } from '../../clients/account.js';
import { READER } from '../../core/ledger/archived-policy.js';
import type { PolicyData } from '../../core/policy/catalog.js';
import { fingerprint } from '../../core/reading/canonical.js';
import { obstacles } from '../../core/policy/obstacles.js';
import { rulesProblem } from '../../core/policy/tree.js';
import type { Parsed, Problem } from '../../core/reading/problem.js';
import type { LoadedPolicy, Policy, PolicyTree, PolicyTrial } from '../../ports.js';
import { parseAnswer, parseUse } from './answer.js';
import { readCached, readStarter, writeCached, type Compiled } from './cache.js';
import { compile } from './compile.js';
import { compileKey, compilerDigest, regoFiles, sha256, sources } from './digest.js';
import { Engine } from './engine/engine.js';
import { checkLayout, dataFiles } from './layout.js';
import { rememberTests } from './rego-tests.js';
import { tryPolicy } from './trial.js';

/** How many policies are kept loaded: the one in force, and those that open pull requests would give. */
const KEPT = 4;

export interface PolicyOptions {
  /** Parses the data files, given by path below `policies/`. */
  readonly parseData: (files: Readonly<Record<string, string>>) => Parsed<PolicyData>;
  /** The worker's own folder, for compiled policies. */
  readonly folder: string;
  /** The path of OPA's program; without it (null) only policies that are compiled already load. */
  readonly opa: string | null;
  /** Whose account OPA runs as; undefined: the worker's own. */
  readonly account?: OsAccount | undefined;
  /** A steady clock in milliseconds; by default the process's own. */
  readonly now?: () => number;
}

type Load = Parsed<{ readonly policy: LoadedPolicy; readonly engine: Engine }>;

/** How many refused trees are remembered: each look at their pull requests asks for them again. */
const REFUSED = 32;

/** What is wrong with a tree is remembered for ten times as long as it took to find, so that no tree keeps a worker busy. */
const REST = 10;

/** Trials of trees that pull requests give run at most so many at once; the tree in force waits for none of them. */
const TRIALS = 2;

/** The port `Policy`: compiles a tree or takes its compiled form, sets its data, tries it, and asks it. */
export function createPolicy(options: PolicyOptions): Policy {
  const test = options.opa === null ? null : rememberTests(options.opa, options);

  /** By the very object: a tree is large, and the same one is asked for often. */
  const keys = new WeakMap<PolicyTree, string>();
  const keyOf = (tree: PolicyTree): string => {
    const key = keys.get(tree) ?? fingerprint(tree);
    keys.set(tree, key);
    return key;
  };

  const rest = async (load: Promise<Load>): Promise<void> => {
    const loaded = await load.catch(() => null);
    if (loaded?.ok) await loaded.value.engine.rest();
  };

  const kept = new LRUCache<string, Promise<Load>>({
    max: KEPT,
    dispose: (load) => void rest(load),
  });
  /** By the content of the tree: what is wrong with that stays wrong. */
  const refused = new LRUCache<string, readonly Problem[]>({ max: REFUSED });
  const begin = (tree: PolicyTree, key: string): Promise<Load> => {
    const content = readContent(tree, options);
    if (content.ok) return loadTree(tree, content.value, options);
    refused.set(key, content.problems);
    return Promise.resolve(content);
  };

  /** A tree never changes, and the one in force is read at each end. */
  const datas = new WeakMap<PolicyTree, Parsed<PolicyData>>();

  const tryTree = async (tree: PolicyTree): Promise<PolicyTrial> => {
    const loaded = await policy.load(tree);
    if (!loaded.ok) return { policy: null, problems: loaded.problems, tests_passed: null };
    const against = obstacles(loaded.policy.data);
    if (!test) return { policy: loaded.policy, problems: against, tests_passed: null };
    const { passed, problems } = await test(regoFiles(tree.files));
    return { policy: loaded.policy, problems: [...against, ...problems], tests_passed: passed };
  };
  const now = options.now ?? (() => performance.now());
  const wrong = new LRUCache<string, { readonly trial: PolicyTrial; readonly until_ms: number }>({
    max: REFUSED,
  });

  const trials = pLimit(TRIALS);
  const remember = async (tree: PolicyTree): Promise<PolicyTrial> => {
    const key = keyOf(tree);
    const started_ms = now();
    const known = wrong.get(key);
    if (known && started_ms < known.until_ms) return known.trial;
    const trial = await tryTree(tree);
    const ended_ms = now();
    const until_ms = ended_ms + REST * (ended_ms - started_ms);
    if (trial.problems.length > 0) wrong.set(key, { trial, until_ms });
    return trial;
  };

  const policy: Policy = {
    read(tree) {
      const data = datas.get(tree) ?? options.parseData(dataFiles(tree.files));
      datas.set(tree, data);
      return data;
    },
    trial: (tree) => trials(() => remember(tree)),
    async load(tree) {
      const key = keyOf(tree);
      const problems = refused.get(key);
      if (problems) return { ok: false, problems };
      const load = kept.get(key) ?? begin(tree, key);
      kept.set(key, load);
      try {
        const loaded = await load;
        if (loaded.ok) return { ok: true, policy: loaded.value.policy };
        // Tried again next time: OPA may be installed by then.
        kept.delete(key);
        return loaded;
      } catch (error) {
        kept.delete(key);
        throw error;
      }
    },
    async close() {
      const all = [...kept.values()];
      kept.clear();
      await Promise.all(all.map(rest));
    },
  };
  return policy;
}

/** The data of a tree, once every file in it is one that may be there. */
function readContent(tree: PolicyTree, options: PolicyOptions): Parsed<PolicyData> {
  const misplaced = checkLayout(tree.files, null);
  if (misplaced.length > 0) return { ok: false, problems: misplaced };
  const parsed = options.parseData(dataFiles(tree.files));
  if (!parsed.ok) return parsed;
  const unknown = checkLayout(tree.files, Object.keys(parsed.value.settings.environments));
  return unknown.length > 0 ? { ok: false, problems: unknown } : parsed;
}

async function loadTree(tree: PolicyTree, data: PolicyData, options: PolicyOptions): Promise<Load> {
  const compiled = await compiledForm(sources(tree.files), options);
  if (!compiled.ok) return compiled;
  const engine = new Engine(Uint8Array.from(compiled.value.wasm), data);
  const problems = await tryPolicy(engine, data);
  if (problems.length > 0) {
    await engine.rest();
    return { ok: false, problems };
  }
  const { compiler, wasm } = compiled.value.manifest;
  const policy: LoadedPolicy = {
    digests: { tree: tree.id, data: fingerprint(data), wasm, compiler, reader: READER },
    data,
    wasm: compiled.value.wasm,
    request: async (input) => parseAnswer(await engine.ask('access/request', input)),
    use: async (input) => parseUse(await engine.ask('access/use', input)),
  };
  return { ok: true, value: { policy, engine } };
}

/** The starter's compiled form, the folder's, or a new one, in this order. */
async function compiledForm(
  rego: Readonly<Record<string, string>>,
  { folder, opa, account }: PolicyOptions,
): Promise<Parsed<Compiled>> {
  const compiler = compilerDigest();
  const key = compileKey(rego, compiler);
  const known = (await readStarter(key)) ?? (await readCached(folder, key));
  // A compiled form of which compiler nobody knows would have no digest that it is held to.
  if (known?.manifest.compiler === compiler) return { ok: true, value: known };
  if (opa === null) {
    const message = 'These rules are not compiled yet, and OPA was not found to compile them.';
    return { ok: false, problems: [rulesProblem('opa_missing', message)] };
  }
  const made = await compile(opa, rego, { folder, account });
  if (!made.ok) return made;
  const wasm = made.value;
  const compiled: Compiled = { manifest: { key, compiler, wasm: sha256(wasm) }, wasm };
  await writeCached(folder, compiled);
  return { ok: true, value: compiled };
}
