import type { PolicyData } from '../../core/policy/catalog.js';
import { changesOf } from '../../core/change/change.js';
import { parseFacts, type CheckFacts } from '../../core/decision/check-facts.js';
import type { Checkout } from '../../core/change/checkout.js';
import { policyEffects } from '../../core/decision/policy-effects.js';
import { policyChange } from '../../core/decision/policy-change.js';
import { otherThanAscii } from '../../core/report/policy.js';
import { isRulesProblem, type PolicyTree } from '../../core/policy/tree.js';
import { collisions, isGrantPath } from '../../core/grant/path.js';
import { parseGrant, subjectOf } from '../../core/grant/grant.js';
import type { Account } from '../../core/grant/person.js';
import { own, placed, type Parsed, type Problem } from '../../core/reading/problem.js';
import { EngineFault, Unreadable } from '../../ports.js';
import type { LoadedPolicy, Policy, World } from '../../ports.js';
import { askRules, type FileAnswer } from './check-rules.js';

/** What checking needs: the engine, whether it can compile, and how data files are read. */
export interface Checking {
  readonly policy: Policy;
  readonly compiles: boolean;
  readonly readData: (files: Readonly<Record<string, string>>) => Parsed<PolicyData>;
  readonly providers: World['providers'];
}

/** The result of checking. Problems deny; without any, what could not be determined leaves the result open. */
export interface Checked {
  readonly outcome: 'yes' | 'denied' | 'could_not_tell';
  readonly base: Checkout['base'];
  readonly problems: readonly Problem[];
  /** Lines that deny nothing and deserve a look, such as other than ASCII in Rego. */
  readonly warnings: readonly Problem[];
  /** Who may ask at use, as far as policies/ changes it. */
  readonly points: readonly string[];
  /** What the rules answered for each grant that they were asked about. */
  readonly answers: readonly FileAnswer[];
  readonly could_not_tell: readonly string[];
  /** What was taken as given, because only the ledger and GitHub know it. */
  readonly assumed: readonly string[];
}

/** Why it could not judge at all, in words. */
export interface NotChecked {
  readonly why: string;
  readonly problems: readonly Problem[];
}

/** Reads facts and working tree, and judges at the facts' moment, or else at `clock`'s. */
export async function checkWorkingTree(
  checking: Checking,
  read: () => Promise<Checkout>,
  facts: { readonly path: string; readonly content: string } | null,
  clock: () => Date,
): Promise<Checked | NotChecked> {
  const parsed = facts && parseFacts(facts.path, facts.content);
  if (parsed && !parsed.ok) return { why: 'the facts do not hold', problems: parsed.problems };
  const known = parsed?.value ?? null;
  try {
    const now = known?.now ? new Date(known.now) : clock();
    return await checkChanges(checking, await read(), { known, without: WITHOUT_FACTS }, now);
  } catch (error) {
    if (error instanceof Unreadable) return { why: error.message, problems: [] };
    throw error;
  }
}

const WITHOUT_FACTS = '--facts FILE says who people are';

/**
 * Judges what would be merged without the ledger: grant files, windows, policy data, and the rules if facts say who
 * people are; `without` says what to do about it where they do not. Judges by the base's policy, never by what comes
 * with the grants (invariant 1).
 */
export async function checkChanges(
  checking: Checking,
  checkout: Checkout,
  { known: facts, without }: { readonly known: CheckFacts | null; readonly without: string },
  now: Date,
): Promise<Checked> {
  const problems: Problem[] = [];
  const open: string[] = [];
  const { comparison, base } = checkout;
  const policies = comparison.policies.length > 0;
  const brought = comparison.grants.filter(({ path, after }) => after && isGrantPath(path));
  if (policies) await checkPolicies(checking, checkout, problems, open);
  const judged = await policyOf(checking, checkout, open);
  const answers: FileAnswer[] = [];
  if (judged === null) {
    for (const { path, after } of brought) {
      const parsed = after ? parseGrant(path, after) : null;
      if (parsed && !parsed.ok) problems.push(...parsed.problems);
    }
    const paths = new Set(brought.map(({ path }) => path));
    problems.push(...collisions(comparison.paths_after).filter(({ path }) => paths.has(path)));
  } else {
    const accounts = accountsOf(checkout, judged.data, facts, open);
    const against = { data: judged.data, providers: checking.providers, ...NO_LEDGER, now };
    const read = changesOf({ ...against, comparison, accounts: accounts.all });
    problems.push(...read.problems);
    const asked = await askRules({
      ...judged,
      ...read,
      providers: checking.providers,
      checkout,
      facts,
      without,
      known: accounts.known,
      now,
    });
    problems.push(...asked.problems);
    open.push(...asked.could_not_tell);
    answers.push(...asked.answers);
  }
  if (policies) {
    const message = 'policies/ changes too: a pull request changes grants or policies, never both';
    const code = 'policies_and_grants_together';
    problems.push(...brought.map(({ path }) => ({ path, line: null, code, message }) as const));
  }
  const concerned = policies || comparison.grants.length > 0;
  return {
    outcome: problems.length > 0 ? 'denied' : open.length > 0 ? 'could_not_tell' : 'yes',
    base,
    problems: problems.toSorted(byPlace),
    ...effectsOf(checking, checkout),
    answers,
    could_not_tell: open,
    assumed: concerned
      ? [
          `${base.name} (${base.commit.slice(0, 12)}) is what Daypass applied last, and its policies/ is the policy in force`,
          'no grant in the ledger is live, pending or recently live for these paths, people and slots',
        ]
      : [],
  };
}

/** What the working tree's policies/ mean compared with the base's, as the check on GitHub tells it. */
function effectsOf(
  { readData }: Checking,
  { policies: { base, here } }: Checkout,
): Pick<Checked, 'warnings' | 'points'> {
  if (!here) return { warnings: [], points: [] };
  const { files } = policyChange(base ?? { id: '', files: {} }, here);
  const dataOf = (tree: PolicyTree | null) => {
    const data = tree && files.length > 0 ? readData(tree.files) : null;
    return data?.ok ? data.value : null;
  };
  const { points, look_closely } = policyEffects(files, dataOf(base), dataOf(here));
  return { warnings: [...otherThanAscii(files), ...look_closely], points };
}

/** What only the ledger knows. */
const NO_LEDGER = { live: [], over: [], used: [] };

const byPlace = (one: Problem, other: Problem) =>
  one.path === other.path ? (one.line ?? 0) - (other.line ?? 0) : one.path < other.path ? -1 : 1;

/** The policies of the working tree: whether they load and their Rego tests hold, as they must to come into force. */
async function checkPolicies(
  { policy, compiles }: Checking,
  { policies: { here, problems: odd } }: Checkout,
  problems: Problem[],
  open: string[],
): Promise<void> {
  problems.push(...odd);
  if (here === null) {
    if (odd.length === 0) {
      const message = 'policies/ is removed: without it nothing is allowed';
      problems.push({ path: 'policies', line: null, code: 'policy_missing', message });
    }
    return;
  }
  const { problems: found, tests_passed } = await policy.trial(here);
  if (found.some(isRulesProblem) && !compiles) {
    open.push('whether the rules of policies/ compile: OPA not found');
  } else problems.push(...found);
  if (tests_passed === null)
    open.push('whether the Rego tests of policies/ pass: they were not run');
  open.push('whether the owners of the policy approve');
}

/** The policy that judges, as far as available: its data, and its rules if they are compiled. */
async function policyOf(
  { policy, readData }: Checking,
  { base, policies }: Checkout,
  open: string[],
): Promise<{ data: PolicyData; policy: LoadedPolicy | null } | null> {
  const from = policies.base === null ? 'the working tree' : base.name;
  const files: PolicyTree | null = policies.base ?? policies.here;
  if (policies.unreadable !== null || files === null) {
    open.push(`what the policy says: ${policies.unreadable ?? 'there is no policies/ folder'}`);
    return null;
  }
  if (policies.base === null) {
    open.push(
      `what the policy in force says: ${base.name} has no policies/; ${from}'s was used instead`,
    );
  }
  const loaded = await loadOrFault(policy, files);
  if (loaded.ok) return { data: loaded.policy.data, policy: loaded.policy };
  const data = readData(files.files);
  const why = loaded.problems.slice(0, 3).map(placed).join('; ');
  const what = data.ok ? 'what the rules say' : 'what the catalog and the rules say';
  open.push(`${what}: policies/ of ${from} does not load: ${why}`);
  return data.ok ? { data: data.value, policy: null } : null;
}

async function loadOrFault(
  policy: Policy,
  files: PolicyTree,
): Promise<Awaited<ReturnType<Policy['load']>>> {
  try {
    return await policy.load(files);
  } catch (error) {
    if (!(error instanceof EngineFault)) throw error;
    const { message } = error;
    const problem: Problem = { path: 'policies', line: null, code: 'engine_fault', message };
    return { ok: false, problems: [problem] };
  }
}

/**
 * The accounts of the subjects: from the facts, or stand-ins, so that the catalog can be checked all the same. Only a
 * stand-in's id from identities.yaml is known.
 */
function accountsOf(
  { comparison }: Checkout,
  data: PolicyData,
  facts: CheckFacts | null,
  open: string[],
): { all: Readonly<Record<string, Account>>; known: ReadonlySet<string> } {
  const all: Record<string, Account> = {};
  for (const [login, { id, member }] of Object.entries(facts?.people ?? {})) {
    all[login] = { id, login, type: 'User', member };
  }
  const known = new Set(Object.keys(all));
  for (const { after } of comparison.grants) {
    const login = after?.content ? subjectOf(after.content)?.toLowerCase() : undefined;
    if (login === undefined || Object.hasOwn(all, login)) continue;
    const id = own(data.identities.people, login)?.github_id ?? -1;
    all[login] = { id, login, type: 'User', member: false };
    open.push(`who ${login} is at GitHub, and in the organisation`);
  }
  return { all, known };
}
