import type { Ledger } from '../../ports.js';

type Filter = Parameters<Ledger['grants']>[0];

/** The query for the grants that pass every given condition, in the order that they landed in. */
export function grantQuery(filter: Filter): { text: string; values: unknown[] } {
  const values: unknown[] = [];
  const conditions: string[] = [];
  const where = (condition: (place: string) => string, value: unknown) => {
    if (value !== undefined) conditions.push(condition(`$${values.push(value)}`));
  };
  where((place) => `state = ANY (${place})`, filter.states);
  where((place) => `path = ${place}`, filter.path);
  where((place) => `pull_request = ${place}`, filter.pull_request);
  where((place) => `subject_id = ${place}`, filter.subject);
  where((place) => `provider = ${place}`, filter.slot?.provider);
  where((place) => `object = ${place}`, filter.slot?.object);
  where((place) => `identity = ${place}`, filter.slot?.identity);
  where((place) => `ended_at > ${place}`, filter.ended_after);
  const clause = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  return {
    text: `SELECT record FROM daypass.grants ${clause} ORDER BY landed_at, id`,
    values,
  };
}
