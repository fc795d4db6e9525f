import { readEvaluations } from '../../core/use/authzen/batch.js';
import { readEvaluation } from '../../core/use/authzen/question.js';
import { readSearch, type AskedSearch, type SearchedKind } from '../../core/use/authzen/search.js';
import type { AskedQuestion } from '../../core/use/asked.js';
import type { ShownCredential } from '../../core/use/callers.js';
import { decideBatch } from '../../workflows/use/decide-batch.js';
import type { ToldAtUse } from '../../workflows/use/decide-use.js';
import type { Turns } from '../../workflows/use/in-turns.js';
import type { FoundAtUse } from '../../workflows/use/search-uses.js';
import type { Routes } from '../answer.js';
import type { NamesCaller } from '../callers.js';
import { answerOf, answersOf } from './decision.js';
import { exchange, type AnswersCaller } from './exchange.js';
import { metadata } from './metadata.js';
import { accessRequests, type RequestRoutes } from './requests.js';
import { PATHS } from './paths.js';
import { resultsOf } from './search.js';

/** The most bytes of a question, and of a batch of them. */
const QUESTION_BYTES = 64 * 1024;
const BATCH_BYTES = 1024 * 1024;
/** Of batches and of searches at once: each body is read in one piece. */
const LONG_AT_ONCE = 16;

interface AuthzenOptions {
  /** Where callers find this decision point; undefined serves no metadata. */
  readonly publicUrl: string | undefined;
  readonly nameCaller: NamesCaller;
  readonly decide: (caller: ShownCredential, asked: AskedQuestion) => ToldAtUse;
  readonly search: (
    caller: ShownCredential,
    asked: AskedSearch,
    turns: Turns,
  ) => Promise<FoundAtUse>;
  readonly turns: Omit<Turns, 'abandoned'>;
  /** Where requests for access are sent; null while nobody takes them. */
  readonly requestsAt: () => string | null;
  readonly requests: RequestRoutes;
}

/**
 * The AuthZEN Authorization API 1.0 (https://openid.net/specs/authorization-api-1_0.html). A denial is a 200; another
 * status says that there is no decision.
 */
export function authzen(options: AuthzenOptions): Routes {
  const { publicUrl, nameCaller, decide, search, turns, requestsAt } = options;
  const evaluation: AnswersCaller = (caller, body) => {
    const asked = readEvaluation(body);
    if ('error' in asked) return { status: 400, body: asked.error };
    return answerOf(decide(caller, asked));
  };
  const evaluations: AnswersCaller = async (caller, body, abandoned) => {
    const asked = readEvaluations(body);
    if ('error' in asked) return { status: 400, body: asked.error };
    if (!('evaluations' in asked)) return answerOf(decide(caller, asked));
    const each = (one: AskedQuestion) => decide(caller, one);
    return answersOf(await decideBatch(asked, each, { ...turns, abandoned }));
  };
  const searchFor = (searched: SearchedKind) =>
    exchange(
      nameCaller,
      QUESTION_BYTES,
      async (caller, body, abandoned) => {
        const asked = readSearch(searched, body);
        if ('error' in asked) return { status: 400, body: asked.error };
        return resultsOf(asked, await search(caller, asked, { ...turns, abandoned }));
      },
      LONG_AT_ONCE,
    );
  return {
    ...metadata(publicUrl, requestsAt),
    ...accessRequests(nameCaller, requestsAt, options.requests),
    [`POST ${PATHS.evaluation}`]: exchange(nameCaller, QUESTION_BYTES, evaluation),
    [`POST ${PATHS.evaluations}`]: exchange(nameCaller, BATCH_BYTES, evaluations, LONG_AT_ONCE),
    [`POST ${PATHS.subject}`]: searchFor('subject'),
    [`POST ${PATHS.resource}`]: searchFor('resource'),
    [`POST ${PATHS.action}`]: searchFor('action'),
  };
}
