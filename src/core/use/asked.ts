import { guardsPlace } from '../policy/enforcement/point.js';
import { typeAtUse, type PolicyData } from '../policy/catalog.js';
import { own, quote, someOf } from '../reading/problem.js';
import type { Act } from './act.js';
import type { Caller } from './callers.js';
import type { Question, UseDenial } from './weigh.js';

/** A JSON object whose fields Daypass does not know. */
export type Properties = Readonly<Record<string, unknown>>;

/**
 * One question as AuthZEN has it (Authorization API 1.0, "Access Evaluation API"). Properties and context are carried to
 * the rules and never read as facts: whoever asks chooses them.
 */
export interface AskedQuestion {
  readonly subject: { readonly type: string; readonly id: string; readonly properties: Properties };
  readonly action: { readonly name: string; readonly properties: Properties };
  readonly resource: {
    readonly type: string;
    readonly id: string;
    readonly properties: Properties;
  };
  readonly context: Properties;
}

/** What a question came to: something to weigh, a denial, or a caller who asks about what it does not guard. */
export type ReadQuestion =
  | { readonly kind: 'question'; readonly question: Question }
  | { readonly kind: 'denied'; readonly denial: UseDenial }
  | { readonly kind: 'forbidden'; readonly why: string };

/** People are this type; nothing else has grants. */
export const PERSON = 'user';

/**
 * What an enforcement point asks, in the words of the policy. It is asked about nothing that it does not guard
 * (invariant 27), and nobody is somebody whom identities.yaml or a number does not say.
 */
export function readQuestion(
  asked: AskedQuestion,
  { point, find, claimed, loginOf }: Caller,
  { catalog }: Pick<PolicyData, 'catalog'>,
): ReadQuestion {
  const { subject, resource, action, context } = asked;
  const found = own(catalog, resource.id);
  const environment = environmentAsked(asked, point.environment);
  const guarded = point.guards.filter((one) => one.resource === resource.id);
  if (
    guarded.length === 0 ||
    (environment !== null && !guardsPlace(point, { resource: resource.id, environment }))
  ) {
    const where = environment === null ? '' : ` in ${quote(environment)}`;
    const why = `the enforcement point ${point.name} does not guard ${quote(resource.id)}${where}; policies/enforcement.yaml says what it guards`;
    return { kind: 'forbidden', why };
  }
  if (environment === null) {
    const known = someOf(guarded.map((one) => one.environment));
    return denied(
      'unknown_environment',
      `The question names no environment of ${resource.id}. Send it as resource.properties.environment: ${known}.`,
    );
  }
  if (!found || typeAtUse(found) !== resource.type) {
    const is = found ? `; it is of the type ${typeAtUse(found)}` : '';
    const message = `The catalog has no ${quote(resource.type)} ${quote(resource.id)}${is}.`;
    return denied('unknown_resource', message);
  }
  if (subject.type !== PERSON)
    return denied(
      'unknown_subject',
      `Only a ${PERSON} has grants; the subject is of the type ${quote(subject.type)}.`,
    );
  const id = find(claimed ? claimed.value : subject.id);
  if (claimed && (id === undefined || String(id) !== subject.id)) {
    const is = id === undefined ? 'is not the number of anybody' : `is ${id}`;
    return denied(
      'unknown_subject',
      `The enforcement point ${point.name} asks for whom its own token names: ${claimed.claim} there ${is}, and the question is about ${quote(subject.id)}.`,
    );
  }
  if (id === undefined)
    return denied(
      'unknown_subject',
      `Nobody is known to the enforcement point ${point.name} as ${quote(subject.id)}.`,
    );
  return {
    kind: 'question',
    question: {
      subject: { id, login: loginOf(id) ?? null },
      resource: resource.id,
      environment,
      act: actOf(action),
      carried: {
        subject: subject.properties,
        resource: resource.properties,
        action: action.properties,
        context,
      },
    },
  };
}

/** The environment that is asked about; null where none is named, empty where what is named is no text. */
export function environmentAsked(
  { resource }: Pick<AskedQuestion, 'resource'>,
  otherwise: string | undefined,
): string | null {
  const named = resource.properties.environment;
  if (named === undefined) return otherwise ?? null;
  return typeof named === 'string' ? named : '';
}

/** A command by its words, a call by its path and method, or an action by its name. A method alone is a property like others. */
function actOf({ name, properties }: AskedQuestion['action']): Act {
  const { argv, method, path } = properties;
  // What is one of both would be judged by one and done by the other (invariant 28).
  if (argv !== undefined)
    return { kind: 'command', name, argv: path === undefined && isWords(argv) ? argv : [] };
  if (path !== undefined)
    return {
      kind: 'call',
      method: typeof method === 'string' ? method : '',
      target: typeof path === 'string' ? path : '',
    };
  return { kind: 'action', name };
}

const isWords = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((word) => typeof word === 'string');

function denied(code: UseDenial['code'], message: string): ReadQuestion {
  return { kind: 'denied', denial: { code, message, grant: null } };
}
