import { describe, expect, test } from '@jest/globals';
import { decide, type Deciding } from '../../../src/core/decision/decision.js';
import type { PolicyAnswer } from '../../../src/core/decision/facts.js';
import { groundsOf } from '../../../src/core/decision/grounds.js';
import { READER } from '../../../src/core/ledger/archived-policy.js';
import { EngineFault } from '../../../src/ports.js';
import { replayDecisions } from '../../../src/workflows/answer/replay-decisions.js';
import { answer } from '../../support/core/changes.js';
import { person } from '../../support/core/people.js';

const digests = { tree: 't', data: 'd', wasm: 'w', compiler: 'c', reader: READER };
const yes = answer({ approve: [{ rule: 'r', message: 'm' }] });
const given: Deciding = {
  ...{ digest: 'd1', subject_id: 1, answer: yes, core_denials: [], reviews: [], seen: [] },
  ...{ requester: person('alice'), contributors: { people: [], unknown: [] }, bots: [] },
  ...{ teams: {}, accounts: {}, approver_teams: [], ids: null, consent_of: null },
};
const body = {
  digest: 'd1',
  decision: decide(given),
  replay: { input: {}, answer: yes, policy: digests, reviews: [] },
  grounds: groundsOf(given, { answer: true, seen: true }),
};
const { grounds: _grounds, ...older } = body;
const denied = { ...body.decision, outcome: 'denied' };

/** Replays one decision; `says` is what the archived policy answers, null where the archive lacks it. */
function replayed(recorded: object, says: PolicyAnswer | Error | null = yes, made = digests) {
  const entries = async ({ after = 0 }) =>
    after > 0
      ? []
      : [
          { seq: 4, kind: 'review.seen' },
          { seq: 5, kind: 'decision.made', body: recorded },
        ];
  const request = async () => {
    if (says instanceof Error) throw says;
    return says;
  };
  const policy = { load: async () => ({ ok: true, policy: { digests: made, data: {}, request } }) };
  const policyTree = async () => (says === null ? null : { id: 't', files: {} });
  return replayDecisions({ ledger: { entries, policyTree }, policy } as never);
}

describe('invariant 23: recorded decisions made again', () => {
  test('the same', async () => {
    expect(await replayed(body)).toEqual({ found: null, same: 1, untold: [] });
    const policy = { ...body, replay: undefined, reviews: [] };
    const judged = { ...policy, grounds: groundsOf(given, { seen: true }) };
    expect(await replayed(judged)).toMatchObject({ found: null, same: 1 });
  });

  test.each<[string, object, PolicyAnswer, RegExp]>([
    ['its grounds say otherwise', { ...body, decision: denied }, yes, /grounds do not give/],
    [
      'the archived policy answers otherwise',
      body,
      answer(),
      /policy t does not give the recorded/,
    ],
  ])('another one: %s', async (_, recorded, says, why) => {
    const { found } = await replayed(recorded, says);
    expect(found).toMatchObject({ ok: false, what: 'decision', seq: 5 });
    expect(found?.why).toMatch(why);
  });

  test.each<[string, object, Parameters<typeof replayed>[1], typeof digests, string]>([
    [
      'too little was recorded',
      older,
      yes,
      digests,
      '1 decision cannot be made again: too little was recorded',
    ],
    [
      'an earlier core decided otherwise',
      { ...body, decision: { ...denied, core: 2 } },
      yes,
      digests,
      'entry 5: this version decides otherwise than version 2 did, in outcome',
    ],
    [
      'the archive lacks the policy',
      body,
      null,
      digests,
      'what the policy answers again was not compared for 1 decision',
    ],
    [
      'another compiler made the rules',
      body,
      yes,
      { ...digests, wasm: 'w2', compiler: 'c2' },
      'what the policy answers again was not compared for 1 decision',
    ],
    [
      'the policy fails',
      body,
      new EngineFault('late'),
      digests,
      'what the policy answers again was not compared for 1 decision',
    ],
  ])('what cannot be told is said: %s', async (_, recorded, says, made, untold) => {
    expect(await replayed(recorded, says, made)).toMatchObject({ found: null, untold: [untold] });
  });
});
