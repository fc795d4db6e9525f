import { describe, expect, test } from '@jest/globals';
import {
  bindingOf,
  draftOfRow,
  strayed,
} from '../../../../src/core/use/requests/access-request.js';
import { readSubmission } from '../../../../src/core/use/authzen/request.js';

const what = {
  subject: { type: 'user', id: 'alice' },
  action: { name: 'restart' },
  resource: { type: 'service', id: 'orders-api' },
};
const body = {
  ...what,
  context: { business_justification: 'The service hangs' },
  denial: { evaluation_id: 'e-1', expires_at: '2026-11-24T17:15:00Z' },
};
const draft = {
  ...{ environment: 'production', subject: 'alice', resource: 'orders-api', role: 'operator' },
  ...{ duration: '1h', expires_at: null, starts_at: null },
  ...{ actions: ['restart'], reason: null, ticket: null },
};
const use = {
  ...{ evaluation: 'e-1', point: 'door', subject_id: 101, allowed: false },
  ...{ at: '2026-11-24T17:00:00Z', asked_for: { draft, binding: 'b' } },
};
const asked = {
  ...{ evaluation: 'e-1', point: 'door', subject_id: 101, asked_at: '2026-11-24T17:05:00Z' },
  draft: { ...draft, reason: 'It hangs' },
};

describe('an access request submission', () => {
  test('says the evaluation, why, and what it is about; never who', () => {
    const wanted = { requested_until: '2026-11-24T19:00:00+01:00', ticket: 'INC-1' };
    const none = { properties: {} };
    expect(readSubmission({ ...body, requested_access: wanted })).toEqual({
      ...{ evaluation: 'e-1', expires_at: '2026-11-24T17:15:00.000Z', reason: 'The service hangs' },
      ...{ ticket: 'INC-1', until: '2026-11-24T18:00:00.000Z' },
      binding: bindingOf({
        subject: { ...what.subject, ...none },
        action: { ...what.action, ...none },
        resource: { ...what.resource, ...none },
      }),
    });
  });

  test.each<[string, unknown, RegExp]>([
    ['no object', [], /must be a JSON object/],
    ['no subject', { ...body, subject: undefined }, /^subject must be an object/],
    ['no denial', { ...body, denial: null }, /^denial must be an object/],
    ['no evaluation', { ...body, denial: { expires_at: '2026-11-24T17:15:00Z' } }, /evaluation_id/],
    [
      'an evaluation that is no id',
      { ...body, denial: { ...body.denial, evaluation_id: "x' OR 1=1" } },
      /evaluation_id/,
    ],
    ['no end', { ...body, denial: { evaluation_id: 'e-1' } }, /^denial\.expires_at must be/],
    [
      'an end that is no time',
      { ...body, denial: { ...body.denial, expires_at: 'soon' } },
      /^denial\.expires_at: "soon" is not a timestamp/,
    ],
    ['no reason', { ...body, context: {} }, /business_justification/],
    ['a reason that says nothing', { ...body, context: { business_justification: '…' } }, /why/],
    [
      'a long reason',
      { ...body, context: { business_justification: 'x'.repeat(501) } },
      /1 to 500 characters/,
    ],
    ['many at once', { ...body, items: [] }, /^items is not served/],
    ['a callback', { ...body, callback: {} }, /^callback is not served/],
    ['an emergency', { ...body, requested_access: { emergency: true } }, /break-glass/],
    ['a ticket that is none', { ...body, requested_access: { ticket: 7 } }, /ticket/],
    [
      'access until no time',
      { ...body, requested_access: { requested_until: 'for ever' } },
      /requested_until/,
    ],
  ])('refuses %s', (_, given, says) => {
    expect(readSubmission(given)).toEqual({ error: expect.stringMatching(says) });
  });
});

describe('a request follows from the logged denial', () => {
  test('with a reason, a ticket and an end of its own', () => {
    const ends = { duration: null, expires_at: '2026-11-24T18:00:00Z', ticket: 'INC-1' };
    expect(strayed(asked, use)).toBeNull();
    expect(strayed({ ...asked, draft: { ...asked.draft, ...ends } }, use)).toBeNull();
  });

  test.each<[string, object, object]>([
    ['of a use that was allowed', {}, { allowed: true }],
    ['of another evaluation', { evaluation: 'e-2' }, {}],
    ['of another point', { point: 'window' }, {}],
    ['for somebody else', { subject_id: 102 }, {}],
    ['for another subject', { draft: { ...asked.draft, subject: 'mallory' } }, {}],
    ['for another role', { draft: { ...asked.draft, role: 'admin' } }, {}],
    ['for the whole role', { draft: { ...asked.draft, actions: null } }, {}],
    ['after a quarter of an hour', { asked_at: '2026-11-24T17:15:01Z' }, {}],
    ['of a use without anything to ask for', {}, { asked_for: undefined }],
    ['of a row that says something else', {}, { asked_for: { draft: 7 } }],
  ])('not %s', (_, change, other) => {
    expect(strayed({ ...asked, ...change }, { ...use, ...other })).toEqual(expect.any(String));
  });

  test.each(['', '[]', '{"draft":{}}', '{"draft":7}'])('a row that reads %j is none', (text) => {
    expect(draftOfRow(text)).toBeNull();
  });
});
