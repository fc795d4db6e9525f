import { answeredUse, deniedUse, faultyUse, type UseDecision } from '../../core/use/answer.js';
import { readQuestion, type AskedQuestion } from '../../core/use/asked.js';
import { askFor, type AskFor } from '../../core/use/ask-for.js';
import {
  bindingOf,
  mayAskUntil,
  requestableIn,
  type Requestable,
} from '../../core/use/requests/access-request.js';
import type { Caller, ShownCredential } from '../../core/use/callers.js';
import type { RepositoryPage } from '../../core/use/new-file.js';
import type { LiveGrants } from '../../core/use/live-grants.js';
import type { UseBuffer } from '../../core/use/use-buffer.js';
import { useRow } from '../../core/use/use-row.js';
import { USE_LOG } from '../../core/policy/data-settings.js';
import { asksForward, guardsPlace } from '../../core/policy/enforcement/point.js';
import { weigh, type Question } from '../../core/use/weigh.js';
import { quote, someOf } from '../../core/reading/problem.js';
import { EngineFault } from '../../ports.js';
import type { World } from '../../ports.js';
import type { Current, KeptCurrent, NotCurrent } from './keep-current.js';

/** A use that was decided, a question that its caller may not ask, or a caller who may ask nothing. */
export type ToldAtUse =
  | {
      readonly kind: 'decided';
      /** The id of this evaluation. */
      readonly evaluation: string;
      /** When, RFC 3339; null where this process does not know the time. */
      readonly at: string | null;
      readonly decision: UseDecision;
      /** Null where it could not be read what was asked. */
      readonly question: Question | null;
      /** The smallest grant that would allow it; null where it is allowed, or no grant would allow it. */
      readonly ask_for: AskFor | null;
      /** Where and until when that may be asked for by the caller; null where it may not. */
      readonly requestable: { readonly endpoint: string; readonly expires_at: string } | null;
    }
  | { readonly kind: 'forbidden' | 'no_point'; readonly why: string };

export interface DecidingWorld extends Pick<World, 'providers'> {
  readonly kept: KeptCurrent;
  /** A new id for one evaluation. */
  readonly newId: () => string;
  /** Between 0 and 1, 1 excluded: which allowed uses are logged. */
  readonly random: () => number;
  /** The time of this process, where the database's is not known. */
  readonly wallTime: () => Date;
  readonly buffer: Pick<UseBuffer, 'add'>;
  /** Where enforcement points send requests for access; null where nobody takes them. */
  readonly requestsAt: () => string | null;
  /** The access repository in a browser. */
  readonly page: Omit<RepositoryPage, 'default_branch'>;
}

/**
 * Decides one question of whoever has shown this, and logs what was decided. Which enforcement point that is, is asked of
 * the policy in force for each answer, as is whether everything is current, and the time: nothing that is remembered lets
 * anybody in or allows a use after the end (invariant 27).
 */
export function decideUse(
  world: DecidingWorld,
  shown: ShownCredential,
  asked: AskedQuestion,
  by: 'authzen' | 'forward' = 'authzen',
): ToldAtUse {
  const known = world.kept.current();
  if ('why' in known) {
    const point = nameOf(known, shown);
    return point === null
      ? noPoint(shown)
      : logged(world, { point, asked, grants: null, ...notCurrent(known) });
  }
  const caller = known.callers.of(shown);
  if (!caller) return noPoint(shown);
  if (asksForward(caller.point) !== (by === 'forward')) return otherwise(caller);
  const told = decided(world, known, caller, asked);
  if (told.kind !== 'decided') return told;
  const { policy, grants } = known;
  return logged(world, { point: caller.point.name, asked, policy, told, grants });
}

type DecidedUse = Extract<ToldAtUse, { readonly kind: 'decided' }>;
type Unlogged = Omit<DecidedUse, 'evaluation' | 'requestable'>;

/** Logs a decision where it is to be logged, by an id of its own. */
function logged(
  world: DecidingWorld,
  of: {
    readonly point: string;
    readonly asked: AskedQuestion;
    readonly policy: Current['policy'] | null;
    readonly told: Unlogged;
    /** Null where none are known well enough. */
    readonly grants: LiveGrants | null;
  },
): DecidedUse {
  const { point, asked, policy, told } = of;
  const evaluation = world.newId();
  const { allows, full } = policy?.data.settings.use_log ?? USE_LOG;
  const break_glass = isBreakGlass(told, of.grants);
  const endpoint = world.requestsAt();
  const asked_for = endpoint === null ? null : requestableOf(asked, told.ask_for);
  let kept = false;
  if (!told.decision.allowed || break_glass || world.random() < allows) {
    const at = told.at ?? world.wallTime().toISOString();
    const tree = policy?.digests.tree ?? null;
    const more = { at, evaluation, point, policy: tree, full, break_glass, asked_for };
    kept = world.buffer.add(useRow(asked, told, more));
  }
  // What is not in the log could not be asked for afterwards.
  const requestable =
    kept && endpoint !== null && asked_for !== null && told.at !== null
      ? { endpoint, expires_at: mayAskUntil(told.at).toISOString() }
      : null;
  const { kind, at, decision, question, ask_for } = told;
  return { kind, evaluation, at, decision, question, ask_for, requestable };
}

/** What is kept of a denial, so that access may be asked for by its id; null where there is nothing to ask for. */
function requestableOf(asked: AskedQuestion, ask_for: AskFor | null): Requestable | null {
  if (ask_for === null) return null;
  const { path: _path, content: _content, link: _link, command: _command, ...draft } = ask_for;
  return requestableIn({ draft, binding: bindingOf(asked) });
}

/** Whether the grant that a decision names is break-glass. */
function isBreakGlass({ question, decision }: Unlogged, grants: LiveGrants | null): boolean {
  if (question === null || grants === null || decision.grant === null) return false;
  const mine = grants.of(question.subject.id, question.resource);
  return mine.find(({ id }) => id === decision.grant)?.declared.break_glass === true;
}

/** A denial because it is not known well enough what is current. */
function notCurrent({ why }: NotCurrent): { readonly policy: null; readonly told: Unlogged } {
  const message = `It is not known well enough what is current: ${why}.`;
  const decision = deniedUse({
    kind: 'denied',
    denial: { code: 'not_current', message, grant: null },
  });
  const told = { at: null, decision, question: null, ask_for: null };
  return { policy: null, told: { kind: 'decided', ...told } };
}

function decided(
  { providers, page }: DecidingWorld,
  known: Current,
  caller: Caller,
  asked: AskedQuestion,
): Unlogged | Exclude<ToldAtUse, DecidedUse> {
  const { policy, now } = known;
  const at = now.toISOString();
  const read = readQuestion(asked, caller, policy.data);
  if (read.kind === 'forbidden') return read;
  if (read.kind === 'denied') {
    const decision = deniedUse(read);
    return { kind: 'decided', at, decision, question: null, ask_for: null };
  }
  const question = named(read.question, known);
  const decision = decideQuestion(question, caller, known);
  const ask_for = decision.allowed
    ? null
    : askFor(decision, question, {
        data: policy.data,
        providers,
        page: { ...page, default_branch: known.default_branch },
      });
  return { kind: 'decided', at, decision, question, ask_for };
}

/** Whether a question of whoever has shown this would be allowed now; nothing is logged. */
export function wouldAllow(known: Current, shown: ShownCredential, asked: AskedQuestion): boolean {
  const caller = known.callers.of(shown);
  if (!caller) return false;
  const read = readQuestion(asked, caller, known.policy.data);
  return (
    read.kind === 'question' && decideQuestion(named(read.question, known), caller, known).allowed
  );
}

/** With the login that a grant of theirs landed with, where identities.yaml does not list the person. */
function named(question: Question, { grants }: Pick<Current, 'grants'>): Question {
  const { subject, resource } = question;
  if (subject.login !== null) return question;
  const login = grants.of(subject.id, resource)[0]?.subject.login ?? null;
  return { ...question, subject: { ...subject, login } };
}

/**
 * Decides a question that was read: weighed by the core, then asked of the rules, which can only deny it. Of grants where
 * the caller guards nothing it learns nothing (invariant 27).
 */
function decideQuestion(
  question: Question,
  { point }: Caller,
  { policy, grants, now }: Pick<Current, 'policy' | 'grants' | 'now'>,
): UseDecision {
  const { resource } = question;
  const mine = grants
    .of(question.subject.id, resource)
    .filter(({ declared: { environment } }) => guardsPlace(point, { resource, environment }));
  const weighed = weigh(question, { data: policy.data, grants: mine, now });
  if (weighed.kind === 'denied') return deniedUse(weighed);
  try {
    return answeredUse(weighed, policy.use(weighed.input));
  } catch (error) {
    if (!(error instanceof EngineFault)) throw error;
    return faultyUse(weighed, error.message);
  }
}

/**
 * Who it is that is denied, because nothing is known well enough: by the policy that was asked last, or by the name of the
 * operator's own token. Nothing is allowed by that.
 */
function nameOf({ last }: NotCurrent, shown: ShownCredential): string | null {
  return last?.callers.of(shown)?.point.name ?? (shown.kind === 'token' ? shown.name : null);
}

/** A point that speaks a proxy's dialect asks by that alone: what it takes from whom is reviewed for that. */
export function otherwise({ point }: Pick<Caller, 'point'>): {
  readonly kind: 'forbidden';
  readonly why: string;
} {
  const where = asksForward(point) ? '/enforce' : '/access/v1';
  const why = `the enforcement point ${point.name} speaks ${point.speaks}: it asks at ${where}`;
  return { kind: 'forbidden', why };
}

/** What was shown is true, and proves no enforcement point of the policy in force. */
export function noPoint(shown: ShownCredential): {
  readonly kind: 'no_point';
  readonly why: string;
} {
  return {
    kind: 'no_point',
    why: `policies/enforcement.yaml has no one enforcement point ${provedBy(shown)}`,
  };
}

function provedBy(shown: ShownCredential): string {
  if (shown.kind === 'token') return `${shown.name} with the credential token`;
  if (shown.kind === 'mtls')
    return `whose certificate has one of these names: ${someOf(shown.uris)}`;
  return `for a token of ${quote(shown.issuer)} with this audience and these claims`;
}
