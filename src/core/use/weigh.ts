import { liveFacts, type LiveFacts } from '../decision/grant-facts.js';
import { dueEnd, type GrantRecord } from '../grant/record.js';
import { targetIn, typeAtUse, type PolicyData, type Resource } from '../policy/catalog.js';
import { EVERY_ACTION } from '../policy/data-at-use.js';
import { givesAccess } from '../ledger/due.js';
import { personProperties } from './person-properties.js';
import { momentOf, type Moment } from '../policy/moment.js';
import { own, quote, someOf } from '../reading/problem.js';
import type { ReasonCode } from '../reading/reason.js';
import { timeInWords } from '../report/words.js';
import { allowedBy, allowedByBoth, readAct, type Act, type ReadAct } from './act.js';

/** One use that is asked about. */
export interface Question {
  /** The login is null where nobody here knows it. Never what a caller calls the subject: that may be another's login. */
  readonly subject: { readonly id: number; readonly login: string | null };
  readonly resource: string;
  readonly environment: string;
  readonly act: Act;
  /** What the question carries for the rules beside that; missing where nobody sent any. */
  readonly carried?: {
    readonly subject: object;
    readonly resource: object;
    readonly action: object;
    readonly context: object;
  };
}

/** Why a use is not allowed, and the grant that it is about, if one is near. */
export interface UseDenial {
  readonly code: ReasonCode;
  readonly message: string;
  readonly grant: GrantRecord | null;
}

/** The input of the entrypoint `access/use`: an AuthZEN question, the grants that allow it, and the time. */
export interface UseInput {
  readonly subject: { readonly type: 'user'; readonly id: string; readonly properties: object };
  readonly resource: {
    readonly type: string;
    readonly id: string;
    readonly properties: { readonly environment: string };
  };
  readonly action: { readonly name: string; readonly properties: object };
  readonly context: object;
  readonly grants: readonly LiveFacts[];
  readonly now: Moment;
}

/** A use that no live grant allows is denied; about any other the rules are asked, which can only deny it. */
export type Weighed =
  | { readonly kind: 'denied'; readonly denial: UseDenial }
  | {
      readonly kind: 'ask';
      readonly input: UseInput;
      /** The live grants that allow it; that which ends last is first. */
      readonly grants: readonly [GrantRecord, ...GrantRecord[]];
      readonly act: ReadAct;
    };

/**
 * Weighs a use on the subject's grants on that resource, in any environment and state. A grant allows while it is active
 * and `now` is in its window, which is half-open (invariants 12, 27). An end that was asked for counts at once.
 */
export function weigh(
  { subject, resource: name, environment, act, carried }: Question,
  { data, grants, now }: { data: PolicyData; grants: readonly GrantRecord[]; now: Date },
): Weighed {
  const read = readAct(act);
  if ('why' in read) return denied('unreadable_act', `It cannot be judged: ${read.why}.`);
  const resource = own(data.catalog, name);
  if (!resource) {
    const known = someOf(Object.keys(data.catalog));
    return denied(
      'unknown_resource',
      `The catalog has no resource ${quote(name)}. Its resources: ${known}.`,
    );
  }
  if (!Object.hasOwn(resource.environments, environment)) {
    const known = someOf(Object.keys(resource.environments));
    const message = `${name} is not offered in ${quote(environment)}. Its environments: ${known}.`;
    return denied('not_offered', message);
  }
  const roles = Object.values(resource.roles);
  if (!roles.some((role) => allowedBy(role, null, read) !== null))
    return denied(
      'unknown_action',
      `No role of ${name} allows ${read.words}. ${actions(resource)}`,
    );

  const theirs = grants.filter(
    (one) => one.subject.id === subject.id && one.declared.resource === name,
  );
  const mine = theirs.filter((one) => isWhereApproved(one, resource));
  const here = mine.filter((one) => one.declared.environment === environment);
  const live = here.filter((one) => isLive(one, now)).sort(byEndLatestFirst);
  const allowing = live.flatMap((grant) => {
    // What was approved and frozen, and what the catalog still allows.
    const frozen = grant.entitled?.at_use ?? {};
    const { role, scope } = grant.declared;
    const action = allowedByBoth(own(resource.roles, role) ?? {}, frozen, scope, read);
    return action === null ? [] : [{ grant, action }];
  });
  const [first, ...more] = allowing;
  if (!first) {
    const [nearest] = live;
    if (nearest) return denied('out_of_scope', outOfScope(nearest, resource, read), nearest);
    const moved = theirs.find((one) => isLive(one, now) && !mine.includes(one));
    return nearestOf({ here, elsewhere: mine, moved }, { subject, environment, name, now });
  }
  const zone = own(data.settings.environments, environment)?.hours?.zone ?? 'UTC';
  // What was carried stands behind what is known: whoever asks must not choose that.
  const properties = personProperties(data.identities, subject.id);
  const input: UseInput = {
    subject: {
      type: 'user',
      id: String(subject.id),
      properties: { ...carried?.subject, ...properties, login: subject.login ?? undefined },
    },
    resource: {
      type: typeAtUse(resource),
      id: name,
      properties: { ...carried?.resource, environment },
    },
    action: { name: first.action, properties: { ...carried?.action, ...propertiesOf(read) } },
    context: carried?.context ?? {},
    grants: allowing.map(({ grant }) => factsOf(grant)).sort((a, b) => (a.id < b.id ? -1 : 1)),
    now: momentOf(wholeSecond(now), zone),
  };
  return {
    kind: 'ask',
    input,
    grants: [first.grant, ...more.map(({ grant }) => grant)],
    act: read,
  };
}

/** Of records that were asked about: the facts of a record do not change. */
const known = new WeakMap<GrantRecord, LiveFacts>();

function factsOf(record: GrantRecord): LiveFacts {
  const facts = known.get(record) ?? liveFacts(record);
  known.set(record, facts);
  return facts;
}

/** Rules are told the second: within it the same question is the same. Windows are compared with the very moment. */
const wholeSecond = (now: Date): Date => new Date(Math.floor(now.getTime() / 1_000) * 1_000);

function denied(code: ReasonCode, message: string, grant: GrantRecord | null = null): Weighed {
  return { kind: 'denied', denial: { code, message, grant } };
}

/** Whether the catalog still has the resource at the provider and the target for which the grant was approved. */
function isWhereApproved({ declared, entitled }: GrantRecord, resource: Resource): boolean {
  const { provider, target } = entitled?.slot ?? {};
  return provider === resource.provider && target === targetIn(resource, declared.environment);
}

/** Whether a grant allows anything at a moment: a decision process has confirmed what `givesAccess` says. */
function isLive(record: GrantRecord, now: Date): boolean {
  const { state, window } = record;
  const started = window !== null && window.starts_at <= now.toISOString();
  return state === 'active' && started && givesAccess(record, now);
}

const byEndLatestFirst = (one: GrantRecord, other: GrantRecord): number =>
  Date.parse(dueEnd(other) ?? '') - Date.parse(dueEnd(one) ?? '');

function propertiesOf({ act, segments }: ReadAct): object {
  if (act.kind === 'call') return { method: act.method, path: `/${segments.join('/')}` };
  return act.kind === 'command' ? { argv: act.argv } : {};
}

function actions({ name, roles }: Resource): string {
  const all = [...new Set(Object.values(roles).flatMap((role) => role.actions ?? []))].sort();
  return all.length === 0
    ? `The catalog names no actions for ${name}.`
    : `Its actions: ${someOf(all)}.`;
}

/** When a grant ends or ended; null where nothing says it. */
export function endedOrDue(record: GrantRecord): string | null {
  const both = [dueEnd(record), record.ended_at].filter((one) => one !== null);
  return both.sort((one, other) => Date.parse(one) - Date.parse(other))[0] ?? null;
}

/** A grant as people name it: its file without the folder and the ending. */
export function grantName({ declared }: GrantRecord): string {
  return declared.path.replace(/^access-grants\//, '').replace(/\.ya?ml$/, '');
}

function outOfScope(grant: GrantRecord, { roles }: Resource, { words }: ReadAct): string {
  const { role, scope } = grant.declared;
  const frozen = grant.entitled?.at_use?.actions ?? [];
  const role_now = both(frozen, own(roles, role)?.actions ?? []);
  const allowed = both(role_now, scope?.actions ?? [EVERY_ACTION]);
  const what = allowed.length === 0 ? 'nothing at use' : someOf(allowed);
  const until = timeInWords(dueEnd(grant) ?? '');
  return `The grant ${grantName(grant)} allows ${what} until ${until}; this is ${words}.`;
}

/** The actions that are in both lists. */
function both(one: readonly string[], other: readonly string[]): readonly string[] {
  if (one.includes(EVERY_ACTION)) return other;
  return one.filter((action) => other.includes(action) || other.includes(EVERY_ACTION));
}

/** Why no live grant is there: the grant that comes nearest says it. */
function nearestOf(
  {
    here,
    elsewhere,
    moved,
  }: Record<'here' | 'elsewhere', readonly GrantRecord[]> & { readonly moved?: GrantRecord },
  asked: { subject: Question['subject']; environment: string; name: string; now: Date },
): Weighed {
  const { subject, environment, name, now } = asked;
  const coming = here.find(({ state }) => state === 'scheduled' || state === 'activating');
  if (coming) {
    const start = coming.window?.starts_at ?? coming.window_declared.starts_at;
    return start !== null && Date.parse(start) > now.getTime()
      ? denied(
          'not_started',
          `The grant ${grantName(coming)} starts at ${timeInWords(start)}.`,
          coming,
        )
      : denied('grant_pending', `The grant ${grantName(coming)} is not active yet.`, coming);
  }
  const over = here
    .filter((one) => dueEnd(one) !== null || one.ended_at !== null)
    .sort((one, other) => Date.parse(endOf(other)) - Date.parse(endOf(one)))[0];
  if (over) {
    const message = `The grant ${grantName(over)} ended at ${timeInWords(endOf(over))}.`;
    return denied('ended', message, over);
  }
  const other = elsewhere.find((one) => isLive(one, now));
  if (other) {
    const message = `The grant ${grantName(other)} is for ${other.declared.environment}; this is ${environment}.`;
    return denied('other_environment', message, other);
  }
  if (moved) {
    const message = `The grant ${grantName(moved)} is for what ${name} was when it was approved: the catalog has it at another target now.`;
    return denied('no_grant', message, moved);
  }
  const who = subject.login ?? `The person with the id ${subject.id}`;
  return denied('no_grant', `${who} has no grant on ${name} in ${environment}.`);
}

const endOf = (record: GrantRecord): string => endedOrDue(record) ?? '';
