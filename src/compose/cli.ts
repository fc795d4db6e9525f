import { randomUUID } from 'node:crypto';
import { readCheckout } from '../adapters/github/git/checkout.js';
import { connectGitHub } from '../adapters/github/github.js';
import { dataFiles } from '../adapters/opa/layout.js';
import { createPolicy } from '../adapters/opa/policy.js';
import { createLedger } from '../adapters/postgres/ledger/ledger.js';
import { readUses } from '../adapters/postgres/use/uses.js';
import { createPool } from '../clients/postgres.js';
import { verifyLedger } from '../adapters/postgres/ledger/verify-ledger.js';
import { createLeases } from '../adapters/postgres/work/leases.js';
import { chooseAccounts, clockOf, githubOf, policyOf, targetsOf } from './parts.js';
import type { Config } from '../config.js';
import type { Broken, Unsure } from '../core/ledger/broken.js';
import type { GrantRecord } from '../core/grant/record.js';
import type { revocation, ToEnd } from '../core/ledger/early/revoke.js';
import type { ChainHead } from '../core/ledger/chain.js';
import type { KeptHead } from '../core/ledger/kept-head.js';
import type { UsesAsked } from '../core/use/use-row.js';
import { parsePolicyData } from '../core/policy/data.js';
import { webOf } from '../core/use/new-file.js';
import { EngineFault, Unreadable } from '../ports.js';
import { providers } from '../providers/list.js';
import { checkWorkingTree } from '../workflows/answer/check.js';
import { auditLog } from '../workflows/answer/audit-log.js';
import { mayUseHere } from '../workflows/answer/may-use-here.js';
import { mayUse, type AskedUse } from '../workflows/answer/may-use.js';
import { endNow, revokeGrants, type Patience } from '../workflows/grant/revoke.js';
import { planTrust, type Trust } from '../workflows/land/trust.js';
import { replayDecisions } from '../workflows/answer/replay-decisions.js';
import { verifyPolicies } from '../workflows/answer/verify-policies.js';
import { whoHadAccess } from '../workflows/answer/who-had-access.js';

export { problemInWords } from '../core/reading/problem.js';

/** What `audit verify` found: the first thing wrong in the ledger, or unsure, or how much of it was verified. */
export type VerifiedLedger =
  | Broken
  | Unsure
  | {
      readonly ok: true;
      readonly head: ChainHead;
      readonly grants: number;
      readonly policies: number;
      /** How many decisions were made again and are the same; missing where that was not asked for. */
      readonly decisions?: number;
      /** What could not be compared, in words. */
      readonly untold: readonly string[];
    };

/** `home` keeps compiled policies; `replay` asks to make each decision again. */
interface VerifyOptions {
  readonly home: string;
  readonly opa: string | null;
  readonly replay: boolean;
}

/** The ledger as the command line reads it: with the read-only role if there is one. */
export function openLedger(config: Config<'cli'>) {
  const pool = openPool(config.DATABASE_URL);
  const ledger = createLedger(pool);
  const clock = clockOf(config, pool);
  const { ACCESS_REPOSITORY: repository, GITHUB_API_URL: api } = config;
  const page = repository === undefined ? null : { repository, web: webOf(api) };
  return {
    accessAt: (at: string | null) => whoHadAccess({ ledger, clock }, at),
    log: (of: string | null) => auditLog({ ledger }, of),
    uses: (asked: UsesAsked) => readUses(pool, asked),
    now: () => clock.now(),
    /** `home` keeps compiled policies; without OPA only rules that are compiled already are asked. */
    mayUse: async (asked: AskedUse, { home, opa }: Omit<VerifyOptions, 'replay'>) => {
      const policy = createPolicy({ parseData: readPolicyData, folder: home, opa });
      try {
        return await mayUse({ ledger, clock, policy, providers, page }, asked);
      } finally {
        await policy.close();
      }
    },
    verify: async (
      heads: readonly KeptHead[],
      { home, opa, replay }: VerifyOptions,
    ): Promise<VerifiedLedger> => {
      const found = await verifyLedger(pool, heads, await clock.now());
      if (!found.ok) return found;
      const policy = createPolicy({ parseData: readPolicyData, folder: home, opa });
      try {
        const { found: wrong, untold } = await verifyPolicies({ ledger, policy }, found.policies);
        if (wrong) return wrong;
        const { head, grants, policies } = found;
        const holds = { ok: true, head, grants, policies: policies.length } as const;
        if (!replay) return { ...holds, untold };
        const { found: other, same, untold: more } = await replayDecisions({ ledger, policy });
        return other ?? { ...holds, decisions: same, untold: [...untold, ...more] };
      } finally {
        await policy.close();
      }
    },
    close: () => pool.end(),
  };
}

const readPolicyData = (files: Readonly<Record<string, string>>) =>
  parsePolicyData(files, providers);

function openPool(url: string) {
  return createPool({
    url,
    application: 'daypass cli',
    max: 2,
    statement_timeout_ms: 60_000,
    // A connection that breaks during a query fails that query, which reports it.
    onError: () => undefined,
  });
}

/** Judges a working tree offline; `home` keeps compiled policies. Returns in words what kept it from judging. */
export async function checkFolder(asked: {
  readonly folder: string;
  readonly base: string | null;
  readonly facts: { readonly path: string; readonly content: string } | null;
  readonly home: string;
  readonly opa: string | null;
}) {
  const { folder, base, facts, home, opa } = asked;
  const policy = createPolicy({ parseData: readPolicyData, folder: home, opa });
  try {
    const readData = (files: Readonly<Record<string, string>>) => readPolicyData(dataFiles(files));
    const read = () => readCheckout(folder, base);
    const checking = { policy, compiles: opa !== null, readData, providers };
    return await checkWorkingTree(checking, read, facts, () => new Date());
  } finally {
    await policy.close();
  }
}

/** Whether somebody could do something by what a working tree brings; likewise. */
export async function mayUseInFolder(asked: {
  readonly folder: string;
  readonly base: string | null;
  readonly use: AskedUse;
  readonly home: string;
  readonly opa: string | null;
}) {
  const { folder, base, use, home, opa } = asked;
  const policy = createPolicy({ parseData: readPolicyData, folder: home, opa });
  try {
    const checkout = await readCheckout(folder, base);
    return await mayUseHere({ policy, providers }, checkout, use, new Date());
  } catch (error) {
    if (error instanceof Unreadable || error instanceof EngineFault) return { why: error.message };
    throw error;
  } finally {
    await policy.close();
  }
}

/** Plans to trust the tip as the worker sees it; `close` closes what it opened. */
export async function openTrust(
  config: Config<'worker'>,
  opa: string | null,
  tree: string | null,
): Promise<{ readonly trust: Trust; close(): Promise<void> }> {
  const accounts = await chooseAccounts(config, opa);
  const pool = openPool(config.DATABASE_URL);
  const policy = policyOf(config, opa, accounts);
  const { repository, pullRequests } = connectGitHub(githubOf(config, accounts));
  const clock = clockOf(config, pool);
  const close = async () => {
    await policy.close();
    await pool.end();
  };
  try {
    const world = { clock, repository, pullRequests, policy, ledger: createLedger(pool) };
    return { trust: await planTrust(world, tree), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Ends grants by hand, with the ledger and the targets alone: GitHub is asked only where it is the target, and policy is
 * read only for standing access.
 */
export function openRevoke(config: Config<'worker'>) {
  const pool = openPool(config.DATABASE_URL);
  // Without OPA: no rule is asked.
  const policy = policyOf(config, null);
  const quiet = () => undefined;
  const givesNothing = () => {
    throw new Error('daypass revoke gives nothing');
  };
  const clock = clockOf(config, pool);
  const ledger = createLedger(pool);
  const world = {
    clock,
    ledger,
    policy,
    leases: createLeases(pool),
    providers,
    targets: targetsOf(config, { pool, clock, ledger }, givesNothing),
    owner: `revoke-${String(process.pid)}-${randomUUID()}`,
    hold_ms: config.HOLD_SECONDS * 1000,
    // The record of the grant says what failed.
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  };
  return {
    revoke: (asked: ToEnd, act: Parameters<typeof revocation>[1]) =>
      revokeGrants(world, asked, act),
    endNow: (id: string, patience: Patience, told: (record: GrantRecord) => void) =>
      endNow(world, id, patience, told),
    close: async () => {
      await policy.close();
      await world.targets.close();
      await pool.end();
    },
  };
}
