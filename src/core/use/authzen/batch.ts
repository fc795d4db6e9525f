import { own, quote, someOf } from '../../reading/problem.js';
import type { AskedQuestion, Properties } from '../asked.js';
import {
  actionIn,
  contextIn,
  entityIn,
  objectIn,
  readEvaluation,
  wholeOf,
  type Malformed,
} from './question.js';

/** The most questions of one request. */
export const MOST_EVALUATIONS = 1_000;

/**
 * The most characters of one question of a batch, with what it takes from the top: each is given whole to the rules, so a
 * long default would cost as often as it is inherited.
 */
const MOST_CHARACTERS = 64 * 1024;

/** When a batch ends before its last question; `execute_all` where a request does not say (section 7.1.2.1). */
const SEMANTICS = ['execute_all', 'deny_on_first_deny', 'permit_on_first_permit'] as const;
export type EvaluationsSemantic = (typeof SEMANTICS)[number];

/** The questions of an access evaluations request; one that cannot be read does not spoil the others. */
export interface AskedBatch {
  readonly semantic: EvaluationsSemantic;
  readonly evaluations: readonly (AskedQuestion | Malformed)[];
}

/** A key that an evaluation may take from the top of the request, whole. */
const INHERITED = ['subject', 'action', 'resource', 'context'] as const;

/**
 * Reads an access evaluations request (Authorization API 1.0, section 7.1): a key of an evaluation replaces the whole one
 * at the top. Without evaluations it is the question of a single access evaluation request.
 */
export function readEvaluations(body: unknown): AskedBatch | AskedQuestion | Malformed {
  const whole = wholeOf(body);
  if ('error' in whole) return whole;
  const top = whole.body;
  const list = own(top, 'evaluations');
  if (list !== undefined && !Array.isArray(list)) return { error: 'evaluations must be a list' };
  const semantic = semanticIn(top);
  if (typeof semantic === 'object') return semantic;
  const items: readonly unknown[] = list ?? [];
  if (items.length === 0) {
    const length = lengthOf(body);
    return length > MOST_CHARACTERS
      ? { error: `a question has at most ${MOST_CHARACTERS} characters, not ${length}` }
      : readEvaluation(body);
  }
  if (items.length > MOST_EVALUATIONS)
    return { error: `evaluations has ${items.length} items; at most ${MOST_EVALUATIONS}` };
  const wrong = wrongDefault(top);
  if (wrong) return wrong;
  const defaults = INHERITED.filter((key) => Object.hasOwn(top, key)).map(
    (key) => [key, top[key], lengthOf(top[key])] as const,
  );
  return { semantic, evaluations: items.map((item) => evaluationOf(item, defaults)) };
}

function semanticIn(top: Properties): EvaluationsSemantic | Malformed {
  if (!Object.hasOwn(top, 'options')) return 'execute_all';
  const options = objectIn(top.options);
  if (!options) return { error: 'options must be an object' };
  const said = own(options, 'evaluations_semantic') ?? 'execute_all';
  const known = SEMANTICS.find((one) => one === said);
  const error = `options.evaluations_semantic must be one of ${someOf(SEMANTICS)}; found ${quote(JSON.stringify(said))}`;
  return known ?? { error };
}

/** What is wrong with a default is wrong with the request as a whole, whether or not an evaluation takes it. */
function wrongDefault(top: Properties): Malformed | null {
  const read = {
    subject: () => entityIn(top, 'subject'),
    action: () => actionIn(top),
    resource: () => entityIn(top, 'resource'),
    context: () => contextIn(top),
  };
  for (const key of INHERITED) {
    if (!Object.hasOwn(top, key)) continue;
    const found = read[key]();
    if ('error' in found) return found;
  }
  return null;
}

function evaluationOf(
  item: unknown,
  defaults: readonly (readonly [key: string, value: unknown, length: number])[],
): AskedQuestion | Malformed {
  const own_keys = objectIn(item);
  if (!own_keys) return { error: 'an evaluation must be an object' };
  const taken = defaults.filter(([key]) => !Object.hasOwn(own_keys, key));
  const length = taken.reduce((sum, [, , each]) => sum + each, lengthOf(item));
  if (length > MOST_CHARACTERS)
    return { error: `an evaluation has at most ${MOST_CHARACTERS} characters, not ${length}` };
  return readEvaluation({
    ...Object.fromEntries(taken.map(([key, value]) => [key, value])),
    ...own_keys,
  });
}

const lengthOf = (value: unknown): number => JSON.stringify(value).length;
