import { own, quote } from '../../reading/problem.js';
import type { AskedQuestion, Properties } from '../asked.js';

/** The longest name or id that is read: more would only be a burden to logs. */
const LONGEST = 1_000;

/** What is wrong with a question, in words. */
export interface Malformed {
  readonly error: string;
}

/**
 * Reads the question of an access evaluation request (Authorization API 1.0, section 6.1). What is missing or has the
 * wrong type is an error; fields that the standard does not name are left aside.
 */
export function readEvaluation(body: unknown): AskedQuestion | Malformed {
  const whole = wholeOf(body);
  if ('error' in whole) return whole;
  const subject = entityIn(whole.body, 'subject');
  if ('error' in subject) return subject;
  const resource = entityIn(whole.body, 'resource');
  if ('error' in resource) return resource;
  const action = actionIn(whole.body);
  if ('error' in action) return action;
  const context = contextIn(whole.body);
  if ('error' in context) return context;
  return { subject, action, resource, context: context.context };
}

/** The body of a request: a JSON object. */
export function wholeOf(body: unknown): { readonly body: Properties } | Malformed {
  const whole = objectIn(body);
  return whole ? { body: whole } : { error: 'the body must be a JSON object' };
}

/** A subject or a resource: `type`, `id` and, if anything is known about it, `properties`. */
export function entityIn(
  whole: Properties,
  key: 'subject' | 'resource',
): AskedQuestion['subject'] | Malformed {
  const entity = objectIn(own(whole, key));
  if (!entity) return { error: `${key} must be an object with type and id` };
  const kind = kindIn(entity, key);
  if ('error' in kind) return kind;
  const id = textIn(entity, 'id', key);
  return typeof id === 'object' ? id : { type: kind.type, id, properties: kind.properties };
}

/** The subjects or resources that a search is for: their `id` is ignored (Authorization API 1.0, section 8). */
export function searchedIn(
  whole: Properties,
  key: 'subject' | 'resource',
): AskedQuestion['subject'] | Malformed {
  const entity = objectIn(own(whole, key));
  if (!entity) return { error: `${key} must be an object with type` };
  const kind = kindIn(entity, key);
  return 'error' in kind ? kind : { ...kind, id: '' };
}

function kindIn(entity: Properties, key: string) {
  const type = textIn(entity, 'type', key);
  if (typeof type === 'object') return type;
  const properties = propertiesIn(entity, 'properties', `${key}.properties`);
  return 'error' in properties ? properties : { type, properties: properties.properties };
}

export function actionIn(whole: Properties): AskedQuestion['action'] | Malformed {
  const action = objectIn(own(whole, 'action'));
  if (!action) return { error: 'action must be an object with name' };
  const name = textIn(action, 'name', 'action');
  if (typeof name === 'object') return name;
  const properties = propertiesIn(action, 'properties', 'action.properties');
  return 'error' in properties ? properties : { name, properties: properties.properties };
}

/** The context is carried as it is: nothing in it is read, not even what calls itself a time. */
export function contextIn(whole: Properties): { readonly context: Properties } | Malformed {
  const context = propertiesIn(whole, 'context', 'context');
  return 'error' in context ? context : { context: context.properties };
}

function textIn(of: Properties, key: string, where: string): string | Malformed {
  const value = own(of, key);
  if (typeof value === 'string' && value.length > 0 && value.length <= LONGEST) return value;
  const found = value === undefined ? 'it is missing' : `found ${quote(JSON.stringify(value))}`;
  return { error: `${where}.${key} must be a text of 1 to ${LONGEST} characters: ${found}` };
}

function propertiesIn(
  of: Properties,
  key: string,
  where: string,
): { readonly properties: Properties } | Malformed {
  if (!Object.hasOwn(of, key)) return { properties: {} };
  const properties = objectIn(of[key]);
  return properties ? { properties } : { error: `${where} must be an object` };
}

/** A JSON object; null for anything else. */
export const objectIn = (value: unknown): Properties | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Properties)
    : null;
