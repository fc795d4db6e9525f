import { z } from 'zod';
import type { Person } from '../../../core/grant/person.js';

const id = z.number().int().positive();

/** The fields of an `Actor` that queries ask for. */
export const ACTOR = `fragment actor on Actor {
  __typename login
  ... on User { databaseId }
  ... on Bot { databaseId }
  ... on Mannequin { databaseId }
  ... on Organization { databaseId }
  ... on EnterpriseUserAccount { user { databaseId } }
}`;

/** An `Actor`; null for a deleted account, and for one without a numeric id in GitHub's answer. */
export const actor = z
  .object({
    __typename: z.enum(['User', 'Bot', 'Mannequin', 'Organization', 'EnterpriseUserAccount']),
    login: z.string(),
    databaseId: id.nullish(),
    user: z.object({ databaseId: id.nullable() }).nullish(),
  })
  .nullable()
  .transform((found): Person | null => {
    const number = found?.databaseId ?? found?.user?.databaseId;
    return found && number ? { id: number, login: found.login, type: found.__typename } : null;
  });

/** A `User`, asked for as `{ login databaseId }`. */
export const user = z
  .object({ login: z.string(), databaseId: id })
  .transform((found): Person => ({ id: found.databaseId, login: found.login, type: 'User' }));

/** An account in a REST answer; null for a deleted one. */
export const account = z
  .object({
    id,
    login: z.string(),
    type: z.enum(['User', 'Bot', 'Mannequin', 'Organization', 'EnterpriseUserAccount']),
  })
  .nullable();

/** Everybody once, by id, in order of the ids. */
export const unique = (people: readonly Person[]): Person[] =>
  [...new Map(people.map((person) => [person.id, person])).values()].sort((a, b) => a.id - b.id);
