import type { RecordedDecision } from '../decision/decision.js';
import { extension } from '../grant/extension.js';
import type { PolicyInput } from '../decision/facts.js';
import { liveFacts, type GrantFacts } from '../decision/grant-facts.js';
import type { Bodies, EarlyEnd, Entry } from '../ledger/events.js';
import type { Words } from '../grant/grant.js';
import { holdingsInWords, type GrantRecord, type Who } from '../grant/record.js';
import type { Reason, Recorded } from '../reading/reason.js';
import { visible, visibleLines } from '../reading/visible.js';

/** The most items in a list of reasons or people, and the most characters of a reason, to keep events small. */
const MOST = 20;
const LONGEST = 500;

/**
 * The access that an event is about: who would have, has or had what, and why. Texts are those of the file, with what
 * nobody would see written out.
 */
type Access = Omit<GrantFacts, 'subject_id'> & { readonly subject: Who };

/** The data of `change.…` events. */
export interface ChangeData {
  readonly access: Access;
  readonly requester: Who | null;
  readonly change: {
    readonly kind: PolicyInput['change']['kind'];
    readonly head: string;
    /** Who is asked and how many of their approvals are missing. Empty once it is approved. */
    readonly waiting_for: readonly {
      readonly teams: readonly string[];
      readonly users: readonly string[];
      readonly missing: number;
    }[];
    readonly approved_by: readonly Who[];
    /** The rules that approved it without review, where nobody had to approve. */
    readonly approved_by_rules: readonly Recorded<Reason>[];
  };
}

/** The data of `grant.…` events. Fields that do not apply to an event are left out. */
export interface GrantData {
  readonly access: Access;
  readonly requester: Who | null;
  readonly grant: {
    readonly id: string;
    readonly state: GrantRecord['state'];
    /** Frozen at activation; null before. */
    readonly starts_at: string | null;
    readonly ends_at: string | null;
    readonly why?: readonly string[];
    /** The same with codes; missing for entries from before reasons had codes. */
    readonly reasons?: readonly Reason[];
    /** Who did it. */
    readonly by?: Who | null;
    /** The name that an operator's command was run under, which nothing proves. */
    readonly claimed_by?: string;
    /** How long after its time it was seen to have happened in the target. */
    readonly late_seconds?: number;
    /** What is still there after the end, explained by something else, and rights that the identity itself gained meanwhile. */
    readonly left?: readonly string[];
    readonly gained?: readonly string[];
    /** When access should have been gone. */
    readonly due_at?: string;
    /** The one line of the file that would extend it. */
    readonly extend_by?: string;
    /** The words that it was approved with, where the file now has others. */
    readonly approved_with?: Words;
  };
}

/** The data for a decision that policy was asked about with this input. */
export function changeData(
  { head, decision }: Bodies['decision.made'],
  { change, grant, previous, subject, requester }: PolicyInput,
): ChangeData {
  const about = grant ?? previous;
  if (!about) throw new Error(`The decision on ${change.path} is of nothing`);
  return {
    access: access(about, { id: subject.id, login: subject.login }),
    requester: { id: requester.id, login: requester.login },
    change: {
      kind: change.kind,
      head,
      waiting_for: waitingFor(decision),
      approved_by: decision.requirements.flatMap(({ met_by }) => met_by).slice(0, MOST),
      approved_by_rules: short(decision.approved_by_rules),
    },
  };
}

function waitingFor({
  requirements,
  consent,
}: Pick<RecordedDecision, 'requirements' | 'consent'>): ChangeData['change']['waiting_for'] {
  const { subject, teams = [], given_by } = consent ?? {};
  const agreeing = subject && { teams, users: [subject.login], missing: given_by ? 0 : 1 };
  return requirements
    .map(({ teams, users, count, met_by }) => ({ teams, users, missing: count - met_by.length }))
    .concat(agreeing ?? [])
    .filter(({ missing }) => missing > 0)
    .slice(0, MOST);
}

/** The data for a grant in its state right after `entry`. */
export function grantData(entry: Entry, record: GrantRecord): GrantData {
  const { id, state, window, subject, requester } = record;
  return {
    // The access that was asked for, whatever happened to it.
    access: access(liveFacts({ ...record, ended_at: null }), subject),
    requester,
    grant: {
      id,
      state,
      starts_at: window?.starts_at ?? null,
      ends_at: window?.ends_at ?? null,
      ...more(entry, record),
    },
  };
}

function more(
  entry: Entry,
  { window, window_declared, declared }: GrantRecord,
): Partial<GrantData['grant']> {
  switch (entry.kind) {
    case 'grant.reworded':
      return { approved_with: words(declared), by: entry.body.who };
    case 'grant.activated':
      return { late_seconds: entry.body.late_ms / 1000 };
    case 'grant.expired':
      return { late_seconds: entry.body.late_ms / 1000, ...afterwards(entry.body) };
    case 'grant.revoked': {
      const { late_ms } = entry.body;
      return { late_seconds: late_ms / 1000, ...early(entry.body), ...afterwards(entry.body) };
    }
    case 'grant.withdrawn':
      return early(entry.body);
    case 'grant.lapsed':
      return { why: texts([entry.body.why]), ...coded(entry), ...afterwards(entry.body) };
    case 'grant.end_held':
      return { why: texts([entry.body.why]), ...coded(entry) };
    case 'grant.refused':
    case 'grant.quarantined':
      return { why: texts(entry.body.why), ...coded(entry) };
    case 'grant.overdue':
      return { due_at: entry.body.due_at, ...trouble(entry.body), ...coded(entry) };
    case 'grant.ending_soon':
      return window ? { extend_by: extension(window_declared, window) } : {};
    default:
      return {};
  }
}

/** Why a grant ended early, and who ended it. */
function early(body: EarlyEnd): Partial<GrantData['grant']> {
  const { why, who, claimed_by } = body;
  const claimed = claimed_by === undefined ? {} : { claimed_by: text(claimed_by) };
  return { why: texts([why]), ...coded({ body }), by: who, ...claimed };
}

/** Overdue entries from before reasons had codes do not say what failed. */
function trouble({ why }: Bodies['grant.overdue']): Partial<GrantData['grant']> {
  return why === undefined ? {} : { why: texts([why]) };
}

/** What an end left behind; each field is omitted where there is nothing to say. */
function afterwards({
  observed = [],
  gained = [],
}: Pick<Bodies['grant.lapsed'], 'observed' | 'gained'>): Partial<GrantData['grant']> {
  return {
    ...(observed.length > 0 && { left: texts(observed.map((one) => holdingsInWords([one]))) }),
    ...(gained.length > 0 && { gained: texts(gained) }),
  };
}

function access(facts: GrantFacts, subject: Who): Access {
  const { path, environment, resource, role, reason, ticket, break_glass, scope } = facts;
  const { starts_at, expires_at, duration_seconds } = facts;
  return {
    ...{ path, environment, resource, role, subject, break_glass, scope },
    ...words({ reason, ticket }),
    ...{ starts_at, expires_at, duration_seconds },
  };
}

const words = ({ reason, ticket }: Words): Words => ({
  reason: visibleLines(reason),
  ticket: ticket === null ? null : visible(ticket),
});

function coded({ body: { reasons } }: { readonly body: { readonly reasons?: readonly Reason[] } }) {
  return reasons === undefined ? {} : { reasons: short(reasons) };
}

function short<R extends Recorded<Reason>>(reasons: readonly R[]): readonly R[] {
  return reasons.slice(0, MOST).map((reason) => ({ ...reason, message: text(reason.message) }));
}

/** People read events in a chat, so what they would not see is written out there too. */
const text = (one: string) => visible(one).slice(0, LONGEST);
const texts = (all: readonly string[]) => all.slice(0, MOST).map(text);
