import { answeredUse, deniedUse, faultyUse, type UseDecision } from '../../core/use/answer.js';
import { readQuestion, type AskedQuestion } from '../../core/use/asked.js';
import { askFor, type AskFor } from '../../core/use/ask-for.js';
import type { RepositoryPage } from '../../core/use/new-file.js';
import type { UseBuffer } from '../../core/use/use-buffer.js';
import { useRow } from '../../core/use/use-row.js';
import { USE_LOG } from '../../core/policy/data-settings.js';
import { weigh, type Question } from '../../core/use/weigh.js';
import { EngineFault } from '../../ports.js';
import type { World } from '../../ports.js';
import type { Current, KeptCurrent } from './keep-current.js';

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
    }
  | { readonly kind: 'forbidden' | 'no_point'; readonly why: string };

interface DecidingWorld extends Pick<World, 'providers'> {
  readonly kept: KeptCurrent;
  /** A new id for one evaluation. */
  readonly newId: () => string;
  /** Between 0 and 1, 1 excluded: which allowed uses are logged. */
  readonly random: () => number;
  /** The time of this process, where the database's is not known. */
  readonly wallTime: () => Date;
  readonly buffer: Pick<UseBuffer, 'add'>;
  /** The access repository in a browser. */
  readonly page: Omit<RepositoryPage, 'default_branch'>;
}

/**
 * Decides one question of an enforcement point, named by its credential, and logs what was decided. Whether everything is
 * current is asked for each answer, and so is the time: nothing that is remembered allows a use after the end
 * (invariant 27).
 */
export function decideUse(world: DecidingWorld, caller: string, asked: AskedQuestion): ToldAtUse {
  const known = world.kept.current();
  const told = decided(world, known, caller, asked);
  if (told.kind !== 'decided') return told;
  const evaluation = world.newId();
  const policy = 'why' in known ? null : known.policy;
  const { allows, full } = policy?.data.settings.use_log ?? USE_LOG;
  if (!told.decision.allowed || world.random() < allows) {
    const at = told.at ?? world.wallTime().toISOString();
    const more = { at, evaluation, point: caller, policy: policy?.digests.tree ?? null, full };
    world.buffer.add(useRow(asked, told, more));
  }
  return { ...told, evaluation };
}

type DecidedUse = Extract<ToldAtUse, { readonly kind: 'decided' }>;

function decided(
  { providers, page }: DecidingWorld,
  known: Current | { readonly why: string },
  caller: string,
  asked: AskedQuestion,
): Omit<DecidedUse, 'evaluation'> | Exclude<ToldAtUse, DecidedUse> {
  if ('why' in known) {
    const message = `It is not known well enough what is current: ${known.why}.`;
    const decision = deniedUse({
      kind: 'denied',
      denial: { code: 'not_current', message, grant: null },
    });
    return { kind: 'decided', at: null, decision, question: null, ask_for: null };
  }
  const { policy, callers, now } = known;
  const at = now.toISOString();
  const found = callers.get(caller);
  if (!found) return { kind: 'no_point', why: notAPoint(caller) };
  const read = readQuestion(asked, found, policy.data);
  if (read.kind === 'forbidden') return read;
  if (read.kind === 'denied') {
    const decision = deniedUse(read);
    return { kind: 'decided', at, decision, question: null, ask_for: null };
  }
  const { question } = read;
  const decision = decideQuestion(question, known);
  const ask_for = askFor(decision, question, {
    ...{ data: policy.data, providers },
    page: { ...page, default_branch: known.default_branch },
  });
  return { kind: 'decided', at, decision, question, ask_for };
}

/** Decides a question that was read: weighed by the core, then asked of the rules, which can only deny it. */
function decideQuestion(
  question: Question,
  { policy, grants, now }: Pick<Current, 'policy' | 'grants' | 'now'>,
): UseDecision {
  const mine = grants.of(question.subject.id, question.resource);
  const weighed = weigh(question, { data: policy.data, grants: mine, now });
  if (weighed.kind === 'denied') return deniedUse(weighed);
  try {
    return answeredUse(weighed, policy.use(weighed.input));
  } catch (error) {
    if (!(error instanceof EngineFault)) throw error;
    return faultyUse(weighed, error.message);
  }
}

/** Why a credential that the operator set is nobody's. */
const notAPoint = (name: string): string =>
  `policies/enforcement.yaml has no enforcement point ${name}`;
