import { changesOf, type Change } from '../../core/change/change.js';
import type { Checkout } from '../../core/change/checkout.js';
import { subjectOf } from '../../core/grant/grant.js';
import type { GrantRecord } from '../../core/grant/record.js';
import { freeze } from '../../core/grant/window.js';
import type { Bodies, EntryKind } from '../../core/ledger/events.js';
import { fold } from '../../core/ledger/fold.js';
import { own, placed, quote, type Problem } from '../../core/reading/problem.js';
import { askFor } from '../../core/use/ask-for.js';
import type { World } from '../../ports.js';
import { decideOn, environmentMeant, type AskedUse, type ToldUse } from './may-use.js';

/** An answer without the ledger, and what was taken as given for it. */
export interface ToldUseHere extends ToldUse {
  readonly assumed: readonly string[];
}

/**
 * Whether somebody could do something if what a working tree brings were approved, merged and begun at `now`. It knows no
 * other grant. Judged by the base's policy, as `check` does (invariant 1). Returns in words why that cannot be told.
 */
export async function mayUseHere(
  { policy, providers }: Pick<World, 'policy' | 'providers'>,
  { comparison, base, policies }: Checkout,
  asked: AskedUse,
  now: Date,
): Promise<ToldUseHere | { readonly why: string }> {
  const tree = policies.base ?? policies.here;
  if (policies.unreadable !== null || tree === null)
    return { why: policies.unreadable ?? 'there is no policies/ folder' };
  const loaded = await policy.load(tree);
  if (!loaded.ok) return { why: `policies/ does not load: ${inWords(loaded.problems)}` };
  const { data } = loaded.policy;
  const where = environmentMeant(data, asked);
  if ('why' in where) return where;
  const login = asked.login.toLowerCase();
  const id = own(data.identities.people, login)?.github_id;
  if (id === undefined) {
    const why = `without the ledger only identities.yaml says who somebody is, and it does not list ${quote(asked.login)}`;
    return { why };
  }
  const account = { id, login, type: 'User', member: true } as const;
  const theirs = comparison.grants.filter(
    ({ after }) => after?.content && subjectOf(after.content)?.toLowerCase() === login,
  );
  const read = changesOf({
    ...{ data, providers, now, accounts: { [login]: account } },
    ...{ live: [], over: [], used: [], comparison: { ...comparison, grants: theirs } },
  });
  if (read.problems.length > 0) return { why: `it does not hold: ${inWords(read.problems)}` };
  const grants = read.changes.flatMap((change) => begunNow(change, base.commit, now) ?? []);
  const { resource, act } = asked;
  const question = { subject: { id, login: asked.login }, resource, ...where, act };
  const decision = await decideOn(loaded.policy, question, grants, now);
  const given = grants.map(({ declared }) => declared.path).join(', ');
  return {
    ...{ at: now.toISOString(), question, decision },
    ask_for: askFor(decision, question, { data, providers, page: null }),
    assumed: [
      given === ''
        ? `this working tree brings no grant for ${login}, and no other is known without the ledger`
        : `${given} is approved, merged and begun now, and nothing else is live`,
      `${base.name} (${base.commit.slice(0, 12)}) has the policy in force`,
    ],
  };
}

const inWords = (problems: readonly Problem[]) => problems.slice(0, 3).map(placed).join('; ');

/** The record of a grant that a change would give, begun now; null where it gives none. */
function begunNow({ to, digest }: Change, commit: string, now: Date): GrantRecord | null {
  if (to === null) return null;
  const { declared, subject, entitled } = to;
  const grant = `${declared.path}@${commit}`;
  const window = freeze(declared.window, now);
  const about = { declared, subject, entitled, digest, commit, parent: commit, requester: null };
  const of = <K extends EntryKind>(seq: number, kind: K, body: Bodies[K]) =>
    ({ seq, at: window.starts_at, kind, grant, pull_request: null, body }) as unknown as Parameters<
      typeof fold
    >[1];
  const approved = { ...about, window: declared.window, activate_within_seconds: 0 };
  const intent = { window, fingerprint: '', entitled, baseline: [] };
  return [
    of(1, 'grant.approved', approved),
    of(2, 'grant.activating', intent),
    of(3, 'grant.activated', { observed: [], late_ms: 0 }),
  ].reduce<GrantRecord | null>(fold, null);
}
