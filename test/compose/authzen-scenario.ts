import {
  active,
  admin,
  alice,
  archived,
  asked,
  bob,
  context,
  one,
  read,
  records,
  softly,
  two,
  users,
  write,
  wrong,
  type ScenarioCase,
} from './authzen-entities.js';
import { searches } from './authzen-searches.js';

/*
 * Every case of AuthZEN's certification scenario (github.com/openid/authzen, revision e287920,
 * certification/authorization-api-1_0-scenario.md) that is one request and its answer. `id` is the anchor of its section.
 */

const whole = { at: 'evaluation', status: 200, decisions: [true] } as const;
const denied = { ...whole, decisions: [false] } as const;
const batch = { at: 'evaluations', status: 200 } as const;

const basic: readonly ScenarioCase[] = [
  { id: 'c-2-2-1', is: 'permit', ...whole, body: asked },
  { id: 'c-2-2-2', is: 'deny', ...denied, body: { subject: bob, action: write, resource: one } },
  { id: 'c-1-4', is: 'rule 2', ...whole, body: { ...asked, action: write } },
  { id: 'c-1-4', is: 'rule 3', ...whole, body: { ...asked, subject: bob } },
  { id: 'c-2-2-3', is: 'optional context', ...whole, body: { ...asked, context } },
  {
    ...{ id: 'c-2-2-4', is: 'deny by the properties of the resource', ...denied },
    body: { subject: alice, action: write, resource: archived },
  },
  {
    ...{ id: 'c-2-2-5', is: 'permit by the properties of the subject', ...whole },
    body: { subject: admin, action: write, resource: archived },
  },
  {
    ...{ id: 'c-2-2-6', is: 'permit by the properties of the action', ...whole },
    body: { ...asked, action: softly(true) },
  },
  {
    ...{ id: 'c-2-2-7', is: 'deny by the properties of the action', ...denied },
    body: { ...asked, action: softly(false) },
  },
  {
    ...{ id: 'c-2-2-8', is: 'additional properties', ...whole },
    body: {
      subject: { ...alice, properties: { department: 'Sales', role: 'manager' } },
      action: { ...read, properties: { method: 'GET' } },
      resource: { ...one, properties: { status: 'active', owner: 'bob' } },
    },
  },
  {
    ...{ id: 'c-2-2-9', is: 'unknown fields', ...whole },
    body: { ...asked, foo: 'bar', futureField: { nested: true } },
  },
  { id: 'c-2-4-1', is: 'no subject', ...wrong, body: { action: read, resource: one } },
  { id: 'c-2-4-1', is: 'no action', ...wrong, body: { subject: alice, resource: one } },
  { id: 'c-2-4-1', is: 'no resource', ...wrong, body: { subject: alice, action: read } },
  { id: 'c-2-4-2', is: 'subject.type', ...wrong, body: { ...asked, subject: { id: 'alice' } } },
  { id: 'c-2-4-2', is: 'subject.id', ...wrong, body: { ...asked, subject: users } },
  { id: 'c-2-4-2', is: 'action.name', ...wrong, body: { ...asked, action: {} } },
  {
    id: 'c-2-4-2',
    is: 'resource.type',
    ...wrong,
    body: { ...asked, resource: { id: 'record-1' } },
  },
  { id: 'c-2-4-2', is: 'resource.id', ...wrong, body: { ...asked, resource: records } },
  {
    ...{ id: 'c-2-4-3', is: 'another Content-Type', ...wrong, body: asked },
    headers: { 'content-type': 'text/plain' },
  },
  { id: 'c-2-4-4', is: 'malformed JSON', ...wrong, body: '{"subject": ' },
  { id: 'c-2-4-5', is: 'an empty body', ...wrong, body: '' },
  { id: 'c-2-4-6', is: 'a subject that is text', ...wrong, body: { ...asked, subject: 'alice' } },
  {
    id: 'c-2-4-6',
    is: 'a name that is a number',
    ...wrong,
    body: { ...asked, action: { name: 123 } },
  },
];

const batches: readonly ScenarioCase[] = [
  {
    ...{ id: 'c-3-2-1', is: 'evaluations', ...batch, decisions: [true, null] },
    body: { subject: alice, action: read, evaluations: [{ resource: one }, { resource: two }] },
  },
  {
    ...{ id: 'c-3-2-2', is: 'fixture decisions', ...batch, decisions: [true, false] },
    body: { subject: bob, resource: one, evaluations: [{ action: read }, { action: write }] },
  },
  {
    ...{ id: 'c-3-2-3', is: 'properties', ...batch, decisions: [true, false] },
    body: {
      ...{ subject: alice, action: write },
      evaluations: [{ resource: active }, { resource: archived }],
    },
  },
  {
    ...{ id: 'c-3-2-4', is: 'properties of subjects', ...batch, decisions: [false, true] },
    body: {
      ...{ action: write, resource: archived },
      evaluations: [{ subject: alice }, { subject: admin }],
    },
  },
  {
    ...{ id: 'c-3-2-5', is: 'no defaults', ...batch, decisions: [true, false] },
    body: { evaluations: [asked, { subject: bob, action: write, resource: one }] },
  },
  {
    ...{ id: 'c-3-2-6', is: 'context inherited', ...batch, decisions: [null, null] },
    body: {
      ...{ subject: alice, action: read, context: { time: context.time } },
      evaluations: [
        { resource: one },
        {
          resource: two,
          context: { time: '2025-06-27T19:00-07:00', source: 'batch-override' },
        },
      ],
    },
  },
  {
    ...{ id: 'c-3-2-7', is: 'defaults inherited', ...batch, decisions: [true, false] },
    body: {
      ...{ subject: alice, action: write, resource: active },
      evaluations: [{}, { resource: archived }],
    },
  },
  {
    ...{ id: 'c-3-4-1', is: 'an evaluation that fails', ...batch, decisions: [true, false] },
    body: {
      ...{ subject: alice, action: read, options: { evaluations_semantic: 'execute_all' } },
      evaluations: [{ resource: one }, {}],
    },
  },
  { id: 'c-3-4-2', is: 'no evaluations', ...whole, at: 'evaluations', body: asked },
  {
    ...{ id: 'c-3-4-3', is: 'empty evaluations', ...whole, at: 'evaluations' },
    body: { ...asked, evaluations: [] },
  },
];

export const scenario: readonly ScenarioCase[] = [...basic, ...batches, ...searches];
