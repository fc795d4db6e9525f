import { formatDuration } from '../reading/duration.js';
import type { Bodies, EarlyEnd, Entry } from '../ledger/events.js';
import type { GrantEntry } from '../ledger/fold.js';
import { holdingsInWords, type Who } from '../grant/record.js';
import type { Consent } from '../decision/consent.js';
import { oneLine, WHOLE_WORDS } from './escape.js';
import { EXPLAINED } from './words.js';
import { uncountedInWords } from '../decision/review.js';
import { reasonInWords } from '../reading/reason.js';
import type { ApproverIds } from '../policy/approvers.js';

const LIMIT = 500;

/** One ledger entry in words, on one line, with what nobody would see in it written out. */
export function told(entry: Entry): string {
  return oneLine(inWords(entry), entry.kind === 'grant.reworded' ? WHOLE_WORDS : LIMIT);
}

function inWords(entry: Entry): string {
  switch (entry.kind) {
    case 'ledger.started':
      return `accepted as the baseline${doneBy({ who: null, ...entry.body })}${because(entry.body)}: repository ${String(entry.body.source.repository_id)}, branch ${entry.body.source.default_branch} at ${entry.body.step.slice(0, 12)}, policy ${entry.body.policy.tree.slice(0, 12)} in force${approvers(entry.body)}`;
    case 'source.differs':
      return `activation is paused: ${entry.body.why}`;
    case 'policy.in_force':
      return `policy ${entry.body.policy.tree.slice(0, 12)} came into force${pull(entry)}, replacing ${entry.body.from.slice(0, 12)}${approvers(entry.body)}`;
    case 'policy.approvers':
      return `the approvers of policy ${entry.body.tree.slice(0, 12)} recorded${approvers(entry.body)}`;
    case 'policy.judged':
      return decided(
        `change of policy to ${entry.body.to?.slice(0, 12) ?? 'nothing'} decided`,
        entry.body,
      );
    case 'step.landed':
      return `step ${entry.body.commit.slice(0, 12)} landed${pull(entry)}${entry.body.ignored.map((why) => `; not applied: ${why}`).join('')}`;
    case 'request.recorded':
      return `commit ${entry.body.commit.slice(0, 12)} made by ${entry.body.app.login} for ${entry.body.person.login} (id ${String(entry.body.person.id)}), asked by ${entry.body.point}: ${entry.body.path}, to go to ${entry.body.branch}`;
    case 'uses.recorded':
      return usesTold(entry.body);
    case 'uses.forgotten':
      return `the rows of uses up to batch ${entry.body.up_to} deleted: they are older than ${entry.body.older_than}`;
    case 'review.seen':
      return `approval of ${entry.body.author?.login ?? 'an account that is gone'} first seen at ${entry.body.commit?.slice(0, 12) ?? 'no commit'}`;
    case 'decision.made':
      return decided('decided', entry.body);
    default:
      return grantTold(entry);
  }
}

function grantTold(entry: GrantEntry): string {
  switch (entry.kind) {
    case 'grant.approved':
      return `approved${pull(entry)}: ${entry.body.declared.role} on ${entry.body.declared.resource} for ${entry.body.subject.login} (id ${String(entry.body.subject.id)})`;
    case 'grant.quarantined':
      return `quarantined${pull(entry)}: ${entry.body.why.join('; ')}`;
    case 'grant.extended':
      return `extended${until(entry.body.frozen?.ends_at)}`;
    case 'grant.narrowed':
      return `narrowed${until(entry.body.frozen?.ends_at)}`;
    case 'grant.reworded':
      return `reworded${pull(entry)}${by(entry.body.who)}: the reason "${entry.body.reason}" and ${entry.body.ticket === null ? 'no ticket' : `the ticket "${entry.body.ticket}"`}`;
    case 'grant.ending':
      return `early end requested: ${entry.body.why}${doneBy(entry.body)}`;
    case 'grant.withdrawn':
      return `withdrawn before there was access: ${entry.body.why}${doneBy(entry.body)}`;
    case 'grant.end_held':
      return `its early end is HELD: ${entry.body.why}`;
    case 'grant.end_released':
      return `its early end is no longer held: ${entry.body.why}`;
    case 'grant.lapsed':
      return `lapsed: ${entry.body.why}${rest(entry.body)}`;
    case 'grant.refused':
      return `refused before activation: ${entry.body.why.join('; ')}`;
    case 'grant.activating':
      return `intent: ${entry.body.window.starts_at} to ${entry.body.window.ends_at} on ${entry.body.fingerprint}; already there: ${holdingsInWords(entry.body.baseline)}${leftovers(entry.body)}`;
    case 'grant.activated':
      return `active, seen there ${seconds(entry.body.late_ms)} after its start: ${holdingsInWords(entry.body.observed)}`;
    case 'grant.ending_soon':
      return `announced that it ends soon, at ${entry.body.ends_at}`;
    case 'grant.attempt_failed':
      return `the ${entry.body.ending ? 'end' : 'start'} failed: ${entry.body.error}; next try ${entry.body.retry_at}`;
    case 'grant.overdue':
      return `OVERDUE since ${entry.body.due_at}`;
    case 'grant.expired':
      return `expired, ${over(entry.body)} ${seconds(entry.body.late_ms)} after its end${rest(entry.body)}`;
    case 'grant.revoked':
      return `revoked, ${over(entry.body)} ${seconds(entry.body.late_ms)} after it was requested${rest(entry.body)}; ${entry.body.why}${doneBy(entry.body)}`;
    case 'grant.taken_away':
      return takenAway(entry.body);
    case 'drift.seen':
      return `drift: ${entry.body.drift.join('; ')}`;
  }
}

function decided(
  what: string,
  { decision, moment }: Pick<Bodies['decision.made'], 'decision' | 'moment'>,
): string {
  const where = {
    pull_request: 'on the pull request',
    step: 'at its step',
    activation: 'before activation',
  };
  const reasons = (all: readonly Parameters<typeof reasonInWords>[0][]) =>
    all.map(reasonInWords).join('; ');
  const met = decision.requirements.flatMap((r) => r.met_by.map((who) => who.login));
  const why =
    decision.outcome === 'denied'
      ? reasons(decision.denials)
      : met.length > 0
        ? `approvals that count: ${met.join(', ')}`
        : reasons(decision.approved_by_rules) || 'no approval counts yet';
  const agreed = decision.consent ? `; ${consentInWords(decision.consent)}` : '';
  const uncounted = decision.not_counted.map((one) => `; ${uncountedInWords(one)}`).join('');
  return `${what} ${where[moment]}: ${decision.outcome} (${why}${agreed})${uncounted}`;
}

function consentInWords({ subject, given_by }: Consent): string {
  if (!given_by) return `the consent of ${subject.login} is missing`;
  return given_by.id === subject.id
    ? `${subject.login} agreed`
    : `${given_by.login} approved it in place of ${subject.login}`;
}

const usesTold = ({
  batch,
  count,
  denied,
  lost,
  unread = 0,
  from,
  to,
  digest,
}: Bodies['uses.recorded']) =>
  `uses recorded, batch ${batch}: ${count} from ${from} to ${to}, ${denied} of them denied${lost > 0 ? `; ${lost} MORE WERE NOT LOGGED` : ''}${unread > 0 ? `; ${unread} CANNOT BE READ` : ''} (${digest.slice(0, 12)})`;

/** Who the names of approvers stand for. */
function approvers({ approvers }: Partial<Bodies['policy.approvers']>): string {
  const of = (what: string, ids: ApproverIds['teams'] = {}) =>
    Object.entries(ids).map(
      ([name, id]) => `${what}${name} ${id === null ? 'nobody' : `id ${id}`}`,
    );
  const all = [...of('team ', approvers?.teams), ...of('', approvers?.users)];
  return all.length === 0 ? '' : `; approvers: ${all.join(', ')}`;
}

const takenAway = ({ seen_at, late_ms, by, instead_of, ...body }: Bodies['grant.taken_away']) =>
  instead_of === undefined
    ? `while the ledger did not answer, worker ${by} ended it at ${seen_at}, ${over(body)} ${seconds(late_ms)} after its end${rest(body)}`
    : `while the ledger did not answer, worker ${by} ended ${instead_of} on the same access at ${seen_at}: what this grant gives is restored`;

/** Says "gone" only where nothing is still there. */
const over = ({ observed }: Pick<Bodies['grant.expired'], 'observed'>) =>
  observed.length === 0 ? 'seen gone' : 'ended';
const rest = ({ observed = [], gained = [] }: Partial<Bodies['grant.expired']>) =>
  (observed.length === 0 ? '' : `; STILL THERE: ${holdingsInWords(observed)}, ${EXPLAINED}`) +
  (gained.length === 0 ? '' : `; GAINED MEANWHILE: ${gained.join(', ')}`);
const leftovers = ({ leftovers = [] }: Bodies['grant.activating']) =>
  leftovers.length === 0
    ? ''
    : `; left over from earlier grants, ends with this one: ${holdingsInWords(leftovers)}`;
const pull = (entry: Entry) =>
  entry.pull_request === null
    ? ' without a pull request'
    : ` by pull request #${String(entry.pull_request)}`;
const by = (who: Who | null) => (who ? ` (${who.login}, id ${String(who.id)})` : '');
const doneBy = ({ who, claimed_by }: Pick<EarlyEnd, 'who' | 'claimed_by'>) =>
  claimed_by === undefined ? by(who) : ` (an operator, by their own account ${claimed_by})`;
const because = ({ why }: Bodies['ledger.started']) =>
  why === undefined ? '' : `, because "${why}"`;
const until = (at: string | undefined) => (at === undefined ? '' : ` until ${at}`);
const seconds = (ms: number) =>
  ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : formatDuration(Math.round(ms / 1000));
