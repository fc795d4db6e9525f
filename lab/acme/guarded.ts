import type pg from 'pg';
import { compilerDigest } from '../../src/adapters/opa/digest.js';
import { createPolicy } from '../../src/adapters/opa/policy.js';
import { createLedger } from '../../src/adapters/postgres/ledger/ledger.js';
import { createCompiledPolicies } from '../../src/adapters/postgres/use/compiled.js';
import type { AtUse } from '../../src/core/grant/at-use.js';
import type { Entitled } from '../../src/core/grant/effect.js';
import type { Scope } from '../../src/core/grant/grant.js';
import type { Window } from '../../src/core/grant/window.js';
import type { Bodies, EntryKind, NewEntry } from '../../src/core/ledger/events.js';
import type { PolicyData } from '../../src/core/policy/catalog.js';
import { parsePolicyData } from '../../src/core/policy/data.js';
import { policyTreeId } from '../../src/core/policy/tree-id.js';
import { own } from '../../src/core/reading/problem.js';
import type { PolicyTree } from '../../src/ports.js';
import { providers } from '../../src/providers/list.js';

/** A live grant of guarded access, as it would have landed. */
export interface GivenAtUse {
  readonly id: string;
  readonly subject: { readonly id: number; readonly login: string };
  readonly environment: string;
  readonly resource: string;
  readonly role: string;
  readonly scope?: Scope;
  readonly window: Window;
}

/** A ledger with a policy in force, whose grants are written as the worker would write them. */
export interface GuardedLedger {
  /** Puts a tree (path below `policies/` → content) into force, compiled. Throws with what is wrong in it. */
  inForce(
    files: Readonly<Record<string, string>>,
    at: Date,
  ): Promise<{ readonly tree: PolicyTree; readonly data: PolicyData }>;
  /** A grant that is active from its window's start on. */
  give(...grants: readonly GivenAtUse[]): Promise<void>;
  /** One that is approved and not active yet. */
  schedule(grant: GivenAtUse): Promise<void>;
  revoke(id: string, at: Date): Promise<void>;
}

const SOURCE = { installation_id: 77, owner_id: 1, repository_id: 9, default_branch: 'main' };

/** `pool` has the worker's rights; `home` keeps compiled policies; without OPA only the starter's rules load. */
export function guardedLedger(
  pool: pg.Pool,
  { home, opa }: { readonly home: string; readonly opa: string | null },
): GuardedLedger {
  const ledger = createLedger(pool);
  const parseData = (files: Readonly<Record<string, string>>) => parsePolicyData(files, providers);
  let atUse: Readonly<Record<string, Readonly<Record<string, AtUse>>>> = {};
  const of = <K extends EntryKind>(grant: string, kind: K, body: Bodies[K]): NewEntry =>
    ({ kind, grant, pull_request: 7, body }) as NewEntry;

  const landed = (given: GivenAtUse) => {
    const { id, subject, environment, resource, role, scope = null, window } = given;
    const [path = '', commit = ''] = id.split('@');
    const entitled: Entitled = {
      slot: {
        ...{ provider: 'guarded', target: resource, identity: String(subject.id) },
        object: `${resource}/${environment}/${role}`,
      },
      ...{ level: 'allowed', entitlement: {}, risk: 'normal', native_expiry: 'full' },
      ...{ enforces_scope: true, ends_sessions: false, keep_sessions: false },
      at_use: own(atUse[resource] ?? {}, role) ?? {},
    };
    const declared = {
      ...{ path, environment, subject: subject.login, resource, role, scope },
      window: { starts_at: window.starts_at, duration_seconds: null, expires_at: window.ends_at },
      ...{ reason: 'To see why it fails', ticket: null, break_glass: false },
    };
    const body = {
      ...{ declared, subject, requester: subject, entitled, digest: `d-${commit}` },
      ...{ commit, parent: 'before', window: declared.window },
      ...{ activate_within_seconds: 3_600, ending_soon_seconds: 900 },
    };
    return { entitled, entry: of(id, 'grant.approved', body) };
  };

  return {
    inForce: async (files, at) => {
      const plain = { id: '', files, executable: [] };
      const tree = { ...plain, id: policyTreeId(plain) };
      const policy = createPolicy({ parseData, folder: home, opa });
      try {
        const loaded = await policy.load(tree);
        if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
        const { digests, data, wasm } = loaded.policy;
        const body = {
          ...{ source: SOURCE, step: 'decaf', policy: digests },
          approvers: { teams: {}, users: {} },
        };
        await ledger.append(
          at,
          [{ kind: 'ledger.started', grant: null, pull_request: null, body }],
          { archive: tree },
        );
        await createCompiledPolicies(pool).keep(tree.id, compilerDigest(), wasm);
        atUse = Object.fromEntries(
          Object.entries(data.catalog).map(([name, { roles }]) => [
            name,
            Object.fromEntries(
              Object.entries(roles).map(([role, { actions, commands, routes }]) => [
                role,
                {
                  ...(actions && { actions }),
                  ...(commands && { commands }),
                  ...(routes && { routes }),
                },
              ]),
            ),
          ]),
        );
        return { tree, data };
      } finally {
        await policy.close();
      }
    },
    give: async (...grants) => {
      const entries = grants.flatMap((given) => {
        const { entitled, entry } = landed(given);
        const { window, id } = given;
        return [
          entry,
          of(id, 'grant.activating', { window, fingerprint: 'ledger', entitled, baseline: [] }),
          of(id, 'grant.activated', { observed: [], late_ms: 1 }),
        ];
      });
      const at = grants[0]?.window.starts_at;
      await ledger.append(at === undefined ? new Date(0) : new Date(at), entries);
    },
    schedule: async (given) => {
      await ledger.append(new Date(given.window.starts_at), [landed(given).entry]);
    },
    revoke: async (id, at) => {
      const ending = of(id, 'grant.ending', { why: 'revoked', who: null });
      await ledger.append(at, [ending]);
    },
  };
}
