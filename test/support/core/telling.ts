import type { Decision, Outcome } from '../../../src/core/decision/decision.js';
import { eventOut, type EventOut, type Tellable } from '../../../src/core/events/event.js';
import type { PolicyInput } from '../../../src/core/decision/facts.js';
import { chain, GENESIS } from '../../../src/core/ledger/chain.js';
import type { Bodies, Entry, NewEntry } from '../../../src/core/ledger/events.js';
import { fold } from '../../../src/core/ledger/fold.js';
import type { GrantRecord } from '../../../src/core/grant/record.js';
import { policyInput } from '../../../lab/acme/policy-input.js';
import {
  PATH,
  bob,
  entries,
  hours,
  minute,
  told,
  window,
  type Told,
} from '../../../lab/acme/story.js';

/** The policy's input about alice's grant. */
export const input = policyInput(PATH);

const owners = { asked_by: [], teams: ['payments'], users: [], count: 1 };

/** Decisions on it, in the order of the reviews. */
export const decisions = {
  asked: { outcome: 'awaiting_review', requirements: [{ ...owners, met_by: [], eligible: [bob] }] },
  approved: { outcome: 'approved', requirements: [{ ...owners, met_by: [bob], eligible: [] }] },
  denied: { outcome: 'denied', requirements: [] },
} as const;

/** A decision as a ledger entry. */
export function decided(
  decision: Pick<Decision, 'outcome' | 'requirements'> & Partial<Decision>,
  more: Partial<Bodies['decision.made']> = {},
  about: PolicyInput = input,
): NewEntry {
  const answer = { deny: [], warn: [], require: [], approve: [] };
  const policy = { tree: 't1', data: 'd1', wasm: 'w1', compiler: 'opa 1' };
  const replay = { input: about, answer, policy, reviews: [], members: {} };
  const rest = { denials: [], warnings: [], not_counted: [], approved_by_rules: [] };
  const body: Bodies['decision.made'] = {
    ...{ moment: 'pull_request', path: PATH, digest: 'd1', head: 'a'.repeat(40) },
    decision: { ...rest, ...decision },
    replay,
    ...more,
  };
  return { kind: 'decision.made', grant: null, pull_request: 7, body };
}

const written = (entry: NewEntry): Entry => {
  const [one] = chain(GENESIS, new Date(minute(0)), [entry]);
  if (!one) throw new Error('one entry');
  return one;
};

/** A decision with the outcome before it. */
export const deciding = (entry: NewEntry, before: Outcome | null = null): Tellable => ({
  entry: written(entry),
  grant: null,
  before,
});

/** The last entry of a grant's story, and the grant after it. */
export function telling(...story: readonly Told[]): Tellable {
  const all = entries(...story);
  const entry = all.at(-1);
  if (!entry) throw new Error('A story begins with a landing');
  return { entry, grant: all.reduce<GrantRecord | null>(fold, null), before: null };
}

const active = [told.approved(), told.activating(), told.activated()];

const left =
  'alice (id 101) is no longer a member of the organisation; 11 of the 40 people are not';
const held = { why: left, reasons: [{ code: 'departures_held' as const, message: left }] };

const why = 'the target could not be reached';
const unreachable = { why, reasons: [{ code: 'target_unreachable' as const, message: why }] };

/** One entry for each type of event. */
export const TELLING: Readonly<Record<EventOut['type'], Tellable>> = {
  'change.asked': deciding(decided(decisions.asked)),
  'change.approved': deciding(decided(decisions.approved), 'awaiting_review'),
  'grant.quarantined': telling(told.quarantined()),
  'grant.active': telling(...active),
  'grant.extended': telling(...active, told.extended(9, 5, window(1, 301))),
  'grant.narrowed': telling(...active, told.narrowed(9, 3, window(1, 181))),
  'grant.reworded': telling(...active, told.reworded(9, 'Slow queries since 14:10')),
  'grant.ending_soon': telling(...active, told.soon(226, 241)),
  'grant.end_held': telling(...active, told.held(9, held)),
  'grant.overdue': telling(...active, told.overdue(241, unreachable)),
  'grant.expired': telling(...active, told.expired(241)),
  'grant.revoked': telling(...active, told.ending(9), told.revoked(9)),
  'grant.withdrawn': telling(told.approved(0, { window: hours(2) }), told.withdrawn(3)),
  'grant.lapsed': telling(told.approved(), told.lapsed(60)),
  'grant.refused': telling(told.approved(), told.refused(1)),
};

/** The event for an entry, in acme's access repository. */
export const event = (of: Tellable): EventOut | null => eventOut(of, 'acme/access');
