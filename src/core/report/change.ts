import type { Change } from '../change/change.js';
import { consentMissing, type Consent } from '../decision/consent.js';
import type { DecidedChange, Decision, Requirement } from '../decision/decision.js';
import { code, prose, WHOLE_WORDS } from './escape.js';
import { sameWords, type Words } from '../grant/grant.js';
import type { LiveFacts } from '../decision/facts.js';
import { saidBy, type Reason } from '../reading/reason.js';
import { uncountedInWords, type NotCounted } from '../decision/review.js';
import { isOfContributors } from './title.js';
import { counted } from '../reading/problem.js';
import { wordsNow, type Who } from '../grant/record.js';
import { access, enforced, timeInWords, only, span } from './words.js';
import { endOf } from '../grant/window.js';

/** The access delta: who gets what, until when, what gives it already, and what the target does at the end. */
export function delta(changes: readonly DecidedChange[]): string {
  const rows = changes.map(({ change, covers_now }) => [
    `**${change.kind}**`,
    code(change.to?.subject.login ?? change.from?.subject.login ?? ''),
    what(change),
    until(change),
    covers_now.map(covering).join('<br>') || 'nothing',
    atTheEnd(change).join('; '),
  ]);
  return table(['change', 'who', 'access', 'how long', 'already given by', 'the target'], rows);
}

function what({ to, from, effect }: Change): string {
  const declared = to?.declared ?? from?.declared;
  if (!declared) return '';
  return [
    `${access(declared)} as ${code(effect.identity)}`,
    ...(effect.risk === 'high' ? ['**high risk**'] : []),
    ...(declared.scope ? [only(declared.scope)] : []),
    ...(declared.break_glass ? ['**break-glass**'] : []),
  ].join(', ');
}

function until({ kind, to, from }: Change): string {
  const was = from && span(from.window_declared, from.window);
  if (kind === 'reworded') return `${was ?? 'unknown'}, as before`;
  if (!to) return `ends at the merge (was ${was ?? 'unknown'})`;
  const { window } = to.declared;
  // The start is frozen: another duration counts from there.
  const begun = from?.window?.starts_at;
  const is =
    begun === undefined ? span(window, null) : `until ${timeInWords(endOf(window, begun))}`;
  return was === null ? is : `${is} (was ${was})`;
}

function covering({ path, role, state, ends_at }: LiveFacts): string {
  return `${code(role)}, ${state}${ends_at === null ? '' : ` until ${timeInWords(ends_at)}`} (${code(path)})`;
}

function atTheEnd({ to, from }: Change): readonly string[] {
  const entitled = to?.entitled ?? from?.entitled;
  return entitled ? enforced(entitled, to?.declared.scope ?? null) : [];
}

/**
 * What policy asks for the changes and by which rule, who met it, and what does not count and why. Changes that were
 * decided alike share a section, so that one summary shows many.
 */
export function verdictSections(changes: readonly DecidedChange[]): readonly string[] {
  const alike = new Map<string, Change[]>();
  for (const { change, decision } of changes) {
    const says = [outcomeOf(decision), ...judgement(decision)].join('\n\n');
    alike.set(says, [...(alike.get(says) ?? []), change]);
  }
  return [...alike].map(([says, [first, ...more]]) => {
    if (!first) return says;
    const asks = [first, ...more].map((change) => `- ${code(change.path)}. ${wordsOf(change)}`);
    const [outcome, ...rest] = says.split('\n\n');
    const alone = more.length === 0;
    const about = alone ? code(first.path) : counted(asks.length, 'change');
    const words = alone ? wordsOf(first) : asks.join('\n');
    return [`### ${about}: ${outcome}`, ...(words === '' ? [] : [words]), ...rest].join('\n\n');
  });
}

/** The words of a change, whole, and those of the grant that it changes from where they are others. */
function wordsOf({ from, to }: Change): string {
  if (!to) return '';
  const was = from && wordsNow(from);
  const told = inWords(to.declared);
  return was && !sameWords(was, to.declared) ? `${told} It was: ${inWords(was)}` : told;
}

function inWords({ reason, ticket }: Words): string {
  const asked = ticket === null ? '' : ` Ticket: ${prose(ticket, WHOLE_WORDS)}.`;
  return `Reason: ${prose(reason, WHOLE_WORDS)}.${asked}`;
}

/** How many of them a summary has room for, beside the changes. */
const AHEAD = 3;

/** What would not take effect if it were merged now. */
export function notNow(ahead: readonly Reason[]): readonly string[] {
  const more = ahead.length - AHEAD;
  const told = [...ahead.slice(0, AHEAD).map(said), ...(more > 0 ? [`and ${more} more`] : [])];
  return bulletList('**What would not take effect if this were merged now**', told);
}

/** An outcome in words. */
export function outcomeOf({ outcome }: Decision): string {
  return outcome.replace('_', ' ');
}

/** Everything in a decision, in Markdown. */
export function judgement(decision: Decision): readonly string[] {
  return [
    ...bulletList('Denied', decision.denials.map(said)),
    ...bulletList('Approved without review', decision.approved_by_rules.map(said)),
    ...asks(decision),
    ...consentIn(decision.consent),
    ...bulletList('Approvals that do not count', decision.not_counted.map(uncounted)),
    ...bulletList(
      'Warnings',
      // Who cannot be identified is said once, at the top of the summary.
      decision.warnings.filter((warning) => !isOfContributors(warning)).map(said),
    ),
  ];
}

function consentIn(consent: Consent | null): string[] {
  if (!consent) return [];
  const { subject, given_by, eligible } = consent;
  const whose = names([subject]);
  const told =
    given_by === null
      ? `${said(consentMissing(consent))}. In their place: ${names(eligible) || 'nobody'}`
      : given_by.id === subject.id
        ? `${whose} agreed`
        : `${names([given_by])} approved it in place of ${whose}`;
  return bulletList('Consent', [told]);
}

function asks({ requirements }: Decision): string[] {
  if (requirements.length === 0) return [];
  const rows = requirements.map((asked) => [
    `${asked.count} of ${[...asked.teams, ...asked.users].map((name) => code(name)).join(', ')}`,
    // The tree in force and the new one often ask for the same.
    [...new Set(asked.asked_by.map(said))].join('<br>'),
    names(asked.met_by) || 'nobody yet',
    missing(asked),
  ]);
  return [table(['policy asks', 'which rule', 'met by', 'still needed'], rows)];
}

function missing({ count, met_by, eligible }: Requirement): string {
  const left = count - met_by.length;
  return left > 0 ? `${left} of ${names(eligible) || 'nobody'}` : 'nothing';
}

const SHOWN = 10;

function names(people: readonly Who[]): string {
  const more = people.length - SHOWN;
  const shown = people.slice(0, SHOWN).map(({ login }) => code(login));
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

const said = (reason: Reason) => `${prose(reason.message)} (${code(saidBy(reason))})`;

function uncounted(one: NotCounted): string {
  // Both wordings, whole.
  const limit = one.code === 'approval_reworded' ? 2 * WHOLE_WORDS : undefined;
  const text = (message: string) =>
    isOfContributors(one)
      ? 'somebody who contributed cannot be identified (see the top)'
      : prose(message, limit);
  return `${uncountedInWords(one, { name: code, text })} (${code(saidBy(one))})`;
}

/** A list under its name; nothing for no items. */
export function bulletList(name: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [`${name}:\n\n${items.map((item) => `- ${item}`).join('\n')}`];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
