import { describe, expect, test } from '@jest/globals';
import { starterData } from '../../../lab/acme/policy.js';
import type { PointCredential, SubjectSource } from '../../../src/core/policy/enforcement/point.js';
import { readQuestion } from '../../../src/core/use/asked.js';
import { callersOf, type ShownCredential } from '../../../src/core/use/callers.js';
import { lackingWaysIn } from '../../../src/core/use/lacking.js';

const ISSUER = 'https://token.actions.githubusercontent.com';
const URI = 'spiffe://acme/orders-api';
const oidc = (claims: Readonly<Record<string, string>>, more: object = {}): PointCredential => ({
  ...{ kind: 'oidc', issuer: ISSUER, audience: 'daypass', claims },
  ...more,
});

/** A policy with these points, each before the same database. */
const policy = (
  credentials: Readonly<Record<string, PointCredential>>,
  subject: SubjectSource = { from: 'github_id' },
) => ({
  ...starterData,
  enforcement: {
    points: Object.fromEntries(
      Object.entries(credentials).map(([name, credential]) => [
        name,
        {
          ...({ name, speaks: 'authzen', subject, credential } as const),
          guards: [{ resource: 'orders-db', environment: 'production' }],
        },
      ]),
    ),
  },
});

const all = policy({
  'by-token': { kind: 'token' },
  'by-certificate': { kind: 'mtls', uri: URI },
  'other-certificate': { kind: 'mtls', uri: `${URI}-2` },
  'by-job': oidc({ repository_id: '4711' }),
  'by-other-job': oidc({ repository_id: '4712' }),
  'by-other-audience': oidc({ repository_id: '4711' }, { audience: 'daypass-2' }),
});
const job = (more: object = {}): ShownCredential => ({
  ...{ kind: 'oidc', issuer: ISSUER, audiences: ['daypass'], claims: { repository_id: 4711 } },
  ...more,
});

describe('invariant 27: who asks is whom the reviewed credential says', () => {
  test.each<[string, ShownCredential, string | null]>([
    ['a token of a point with a token', { kind: 'token', name: 'by-token' }, 'by-token'],
    ['a token of a point with a certificate', { kind: 'token', name: 'by-certificate' }, null],
    ['a token of a point that a job is', { kind: 'token', name: 'by-job' }, null],
    ['a token of no point', { kind: 'token', name: 'constructor' }, null],
    ['a certificate with its name', { kind: 'mtls', uris: ['urn:a', URI, URI] }, 'by-certificate'],
    ['a certificate with the names of two', { kind: 'mtls', uris: [URI, `${URI}-2`] }, null],
    ['a certificate whose name is longer', { kind: 'mtls', uris: [`${URI}/x`] }, null],
    ['a certificate that has the name of a point', { kind: 'mtls', uris: ['by-token'] }, null],
    ['a certificate without a URI', { kind: 'mtls', uris: [] }, null],
    ['a job of its repository', job(), 'by-job'],
    ['a job of another', job({ claims: { repository_id: '4712' } }), 'by-other-job'],
    ['a job of a repository that nobody named', job({ claims: { repository_id: 4713 } }), null],
    ['a job that names none', job({ claims: {} }), null],
    ['a token for another audience', job({ audiences: ['daypass-2'] }), 'by-other-audience'],
    ['a token for the audiences of two', job({ audiences: ['daypass', 'daypass-2'] }), null],
    ['a token of another issuer', job({ issuer: 'https://id.example.org' }), null],
  ])('%s', (_, shown, point) => {
    expect(callersOf(all).of(shown)?.point.name ?? null).toBe(point);
  });

  test('only the issuers of the policy are trusted', () => {
    expect(callersOf(all).trusting(ISSUER)).toHaveLength(3);
    expect(callersOf(all).trusting('https://id.example.org')).toEqual([]);
  });

  test.each([
    ['the number that it has', 101, '101', null],
    ['it as text', '101', '101', null],
    ['another number', 101, '102', /actor_id there is 101, and the question is about "102"/],
    ['a login', 101, 'alice', /actor_id there is 101/],
    ['somebody, and it names nobody', undefined, '101', /actor_id there is not the number of/],
    ['somebody, and it has a login', 'alice', 'alice', /actor_id there is not the number of/],
  ])('where the token says whose use it is, a question about %s', (_, actor_id, id, denied) => {
    const data = policy(
      { job: oidc({ repository_id: '4711' }) },
      { from: 'claim', claim: 'actor_id' },
    );
    const caller = callersOf(data).of(job({ claims: { repository_id: '4711', actor_id } }));
    if (!caller) throw new Error('nobody asks');
    const resource = {
      type: 'postgres',
      id: 'orders-db',
      properties: { environment: 'production' },
    };
    const asked = {
      subject: { type: 'user', id, properties: {} },
      action: { name: 'select', properties: {} },
      ...{ resource, context: {} },
    };
    expect(readQuestion(asked, caller, data)).toMatchObject(
      denied === null
        ? { kind: 'question', question: { subject: { id: 101 } } }
        : {
            kind: 'denied',
            denial: { code: 'unknown_subject', message: expect.stringMatching(denied) },
          },
    );
  });
});

describe('what does not fit between the policy and the environment', () => {
  test('points without a way in, and tokens that let nobody in', () => {
    const jobs = policy({
      'by-token': { kind: 'token' },
      'by-job': oidc({ repository_id: '4711' }),
    });
    expect(lackingWaysIn(jobs, { tokens: ['by-token'], certificates: false })).toEqual([]);
    const proxied = policy({ proxy: { kind: 'mtls', uri: URI } });
    expect(lackingWaysIn(proxied, { tokens: [], certificates: true })).toEqual([]);
    expect(lackingWaysIn(proxied, { tokens: [], certificates: false })).toEqual([
      'the enforcement point proxy cannot ask: its credential is a client certificate, and PDP_TLS_CA is not set',
    ]);
    expect(lackingWaysIn(jobs, { tokens: ['by-job', 'constructor'], certificates: true })).toEqual([
      'the enforcement point by-token cannot ask: its credential is a token, and ENFORCER_BY_TOKEN_TOKEN is not set',
      'ENFORCER_BY_JOB_TOKEN lets nobody in: by policies/enforcement.yaml the credential of by-job is oidc',
      'ENFORCER_CONSTRUCTOR_TOKEN lets nobody in: by policies/enforcement.yaml there is no enforcement point constructor',
    ]);
  });
});
