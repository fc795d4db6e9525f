import { quote } from '../reading/problem.js';
import type { AskedQuestion, Properties } from './asked.js';

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
  const whole = objectIn(body);
  if (!whole) return { error: 'the body must be a JSON object' };
  const subject = entityIn(whole, 'subject');
  if ('error' in subject) return subject;
  const resource = entityIn(whole, 'resource');
  if ('error' in resource) return resource;
  const action = actionIn(whole);
  if ('error' in action) return action;
  const context = propertiesIn(whole, 'context', 'context');
  if ('error' in context) return context;
  return { subject, action, resource, context: context.properties };
}

/** A subject or a resource: `type`, `id` and, if anything is known about it, `properties`. */
function entityIn(whole: Properties, key: 'subject' | 'resource') {
  const entity = objectIn(whole[key]);
  if (!entity) return { error: `${key} must be an object with type and id` };
  const type = textIn(entity, 'type', key);
  if (typeof type === 'object') return type;
  const id = textIn(entity, 'id', key);
  if (typeof id === 'object') return id;
  const properties = propertiesIn(entity, 'properties', `${key}.properties`);
  return 'error' in properties ? properties : { type, id, ...properties };
}

function actionIn(whole: Properties) {
  const action = objectIn(whole.action);
  if (!action) return { error: 'action must be an object with name' };
  const name = textIn(action, 'name', 'action');
  if (typeof name === 'object') return name;
  const properties = propertiesIn(action, 'properties', 'action.properties');
  return 'error' in properties ? properties : { name, ...properties };
}

function textIn(of: Properties, key: string, where: string): string | Malformed {
  const value = Object.hasOwn(of, key) ? of[key] : undefined;
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

const objectIn = (value: unknown): Properties | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Properties)
    : null;
