import {
  admin,
  alice,
  archived,
  bob,
  context,
  one,
  read,
  records,
  two,
  users,
  write,
  wrong,
  type Endpoint,
  type ScenarioCase,
} from './authzen-entities.js';

/* The cases of the certification scenario that search (authzen-scenario.ts). */

const users_read = { subject: users, action: read, resource: one };
const alice_reads = { subject: alice, action: read, resource: records };
const alice_may = { subject: alice, resource: one };
const subjects = { at: 'search/subject', status: 200, results: [alice, bob] } as const;
const resources = { at: 'search/resource', status: 200, results: [one] } as const;
const actions = { at: 'search/action', status: 200, results: [read, write] } as const;

export const searches: readonly ScenarioCase[] = [
  { id: 'c-4-2-1', is: 'subjects', ...subjects, body: users_read },
  {
    ...{ id: 'c-4-2-2', is: 'subjects with context', ...subjects, same_as: 'c-4-2-1' },
    body: { ...users_read, context },
  },
  {
    ...{ id: 'c-4-2-3', is: 'subjects with an id', ...subjects, same_as: 'c-4-2-1' },
    body: { ...users_read, subject: alice },
  },
  {
    ...{ id: 'c-4-2-4', is: 'subjects by properties', ...subjects, results: [bob] },
    body: { subject: users, action: write, resource: archived },
  },
  { id: 'c-4-3-1', is: 'resources', ...resources, body: alice_reads },
  {
    ...{ id: 'c-4-3-2', is: 'resources with context', ...resources, same_as: 'c-4-3-1' },
    body: { ...alice_reads, context },
  },
  {
    ...{ id: 'c-4-3-3', is: 'resources with an id', ...resources, same_as: 'c-4-3-1' },
    body: { ...alice_reads, resource: one },
  },
  {
    ...{ id: 'c-4-3-4', is: 'resources by properties', ...resources, results: [two] },
    body: { subject: admin, action: write, resource: records },
  },
  { id: 'c-4-4-1', is: 'actions', ...actions, body: alice_may },
  {
    ...{ id: 'c-4-4-2', is: 'actions with context', ...actions, same_as: 'c-4-4-1' },
    body: { ...alice_may, context },
  },
  {
    ...{ id: 'c-4-4-3', is: 'actions by properties', ...actions, results: [write] },
    body: { subject: admin, resource: archived },
  },
  {
    ...{ id: 'c-4-5-1', is: 'a page of one', at: 'search/subject', status: 200 },
    body: { ...users_read, page: { limit: 1 } },
  },
  ...nothing('c-4-6-1', 'an unknown id', {
    'search/subject': { ...users_read, resource: { type: 'record', id: 'nonexistent-record' } },
    'search/resource': { ...alice_reads, subject: { type: 'user', id: 'nonexistent-user' } },
    'search/action': { ...alice_may, subject: { type: 'user', id: 'nonexistent-user' } },
  }),
  ...nothing('c-4-6-2', 'an unknown type', {
    'search/subject': { ...users_read, subject: { type: 'spaceship' } },
    'search/resource': { ...alice_reads, resource: { type: 'spaceship' } },
    'search/action': { ...alice_may, resource: { type: 'spaceship', id: 'record-1' } },
  }),
  {
    ...{ id: 'c-4-7-1', is: 'subjects without an action', ...wrong, at: 'search/subject' },
    body: { subject: users, resource: one },
  },
  {
    ...{ id: 'c-4-7-1', is: 'resources without a subject', ...wrong, at: 'search/resource' },
    body: { action: read, resource: records },
  },
  {
    ...{ id: 'c-4-7-1', is: 'actions without a resource', ...wrong, at: 'search/action' },
    body: { subject: alice },
  },
  {
    ...{ id: 'c-4-7-2', is: 'subjects on no resource', ...wrong, at: 'search/subject' },
    body: { subject: users, action: read, resource: records },
  },
  {
    ...{ id: 'c-4-7-2', is: 'resources of nobody', ...wrong, at: 'search/resource' },
    body: { subject: users, action: read, resource: records },
  },
  {
    ...{ id: 'c-4-7-2', is: 'actions of nobody', ...wrong, at: 'search/action' },
    body: { subject: users, resource: one },
  },
];

/** The searches that find nothing, one for each endpoint. */
function nothing(
  id: string,
  is: string,
  bodies: Partial<Record<Endpoint, object>>,
): readonly ScenarioCase[] {
  return Object.entries(bodies).map(([at, body]) => ({
    ...{ id, is: `${is} in ${at}`, at: at as Endpoint, body, status: 200, results: [] },
  }));
}
