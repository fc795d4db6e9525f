import { code, prose } from './escape.js';
import { extension } from '../grant/extension.js';
import { dueEnd, holdingsInWords, withHeldEnd, type GrantRecord } from '../grant/record.js';
import { access, EXPLAINED, timeInWords, span } from './words.js';

/** The most lines about what does not take effect that are shown; the ledger has all of them. */
const MAX_IGNORED = 20;

/**
 * The app's one comment on a merged pull request. It says for each grant whether access exists, until when, how it ended
 * and what is wrong, and also what does not take effect. It changes only when something happened, not because time
 * passed.
 */
export function comment({
  grants,
  ignored,
  now,
}: {
  readonly grants: readonly GrantRecord[];
  /** What in the step does not take effect, in words. */
  readonly ignored: readonly string[];
  readonly now: Date;
}): string {
  const sorted = [...grants].sort((a, b) => (a.id < b.id ? -1 : 1));
  const more = ignored.length - MAX_IGNORED;
  return [
    '**Daypass**',
    ...sorted.map((grant) => line(grant, now.toISOString())),
    ...ignored.slice(0, MAX_IGNORED).map((why) => `- Not applied: ${prose(why)}`),
    ...(more > 0 ? [`- and ${String(more)} more`] : []),
  ].join('\n\n');
}

function line(grant: GrantRecord, now: string): string {
  const who = `${code(grant.subject.login)}, ${access(grant.declared)}`;
  return `- ${who}: ${[state(grant, now), ...trouble(grant)].join(' ')} (${code(grant.declared.path)})`;
}

function state(grant: GrantRecord, now: string): string {
  const { window, window_declared, revoked_by, ended_at } = grant;
  const at = ended_at === null ? '' : timeInWords(ended_at);
  const until = span(window_declared, window);
  const act = revoked_by ? `${prose(revoked_by.why)}${by(revoked_by)}` : '';
  switch (grant.state) {
    case 'requested':
      return `**quarantined**, so there is no access: ${why(grant)}.`;
    case 'scheduled':
      return `approved, not active yet (${until}).`;
    case 'activating':
      return revoked_by ? `being taken away: ${act}.` : `being activated (${until}).`;
    case 'active':
      if (revoked_by) return `being taken away: ${act}.`;
      if (window && window.ends_at <= now) return `ending; it was ${until}.`;
      return `**active ${until}**.${soon(grant)}`;
    case 'expired':
      return `ended at its time, ${seen(grant)} at ${at}${rest(grant)}.`;
    case 'revoked':
      return `ended early, ${seen(grant)} at ${at}${rest(grant)}: ${act}.`;
    case 'withdrawn':
      return `withdrawn at ${at}, before there was access: ${act}.`;
    case 'lapsed':
      return `lapsed at ${at}${rest(grant)}: ${why(grant)}.`;
    case 'refused':
      return `refused at ${at}, before there was access: ${why(grant)}.`;
  }
}

/** Says "gone" only where nothing is still there (invariant 14). */
const seen = ({ left }: GrantRecord) => (left.length === 0 ? 'seen gone' : 'seen to be over');
const rest = ({ left }: GrantRecord) =>
  left.length === 0 ? '' : ` (**still there**: ${prose(holdingsInWords(left))}, ${EXPLAINED})`;

/** Near the end of a grant, the line that extends it. */
function soon({ window, window_declared, told_end }: GrantRecord): string {
  if (window === null || told_end !== window.ends_at) return '';
  const line = code(extension(window_declared, window));
  return ` **It ends soon.** To extend it, set ${line} in its file with a pull request that is approved and merged before the end.`;
}

function why(grant: GrantRecord): string {
  return grant.why.map((reason) => prose(reason)).join('; ') || 'no reason is known';
}

function by({ who, claimed_by }: NonNullable<GrantRecord['revoked_by']>): string {
  if (claimed_by !== undefined) return ` (an operator, by their own account ${code(claimed_by)})`;
  return who ? ` (${code(who.login)})` : '';
}

function trouble(grant: GrantRecord): string[] {
  const { overdue, drift, error } = grant;
  const due = dueEnd(grant);
  return [
    ...(overdue && due !== null
      ? [`**OVERDUE: it should have ended at ${timeInWords(due)} and has not been seen gone.**`]
      : []),
    ...withHeldEnd([grant]).map(
      ({ end_held }) => `**Its early end is held**: ${prose(end_held?.why ?? '')}.`,
    ),
    // It has neither the number nor the time of the attempts, so that it is not written again for each of them.
    ...(error === null
      ? []
      : [`The last attempt failed, and Daypass will try again: ${prose(error)}.`]),
    ...(drift.length > 0 ? [`**Drift**: ${prose(drift.join('; '))}.`] : []),
  ];
}
