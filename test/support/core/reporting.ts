import type { CheckContent } from '../../../src/core/report/check-run.js';
import { CORE_VERSION } from '../../../src/core/decision/decision.js';
import type { DecidedChange, Decision, Requirement } from '../../../src/core/decision/decision.js';
import { policyChange, type DecidedPolicy } from '../../../src/core/decision/policy-change.js';
import type { Problem } from '../../../src/core/reading/problem.js';
import { change } from './changes.js';
import { PATH } from '../../../lab/acme/story.js';
import { who } from './people.js';

export const asked = (
  team: string,
  met_by: string[],
  eligible: string[],
  count = 1,
): Requirement => ({
  asked_by: [{ code: 'asked', rule: `production/${team}`, message: `${team} must approve` }],
  teams: [team],
  users: [],
  count,
  met_by: met_by.map(who),
  eligible: eligible.map(who),
});

const decision = (more: Partial<Decision> = {}): Decision => ({
  core: CORE_VERSION,
  outcome: 'approved',
  denials: [],
  warnings: [],
  requirements: [],
  not_counted: [],
  approved_by_rules: [],
  consent: null,
  ...more,
});

export const decided = (more: Partial<Decision> = {}, of = change()): DecidedChange => ({
  change: of,
  answer: null,
  decision: decision(more),
  covers_now: [],
});

/** A change of policy from `in-force` to `new`, in one file. */
export const decidedPolicy = (
  more: Partial<Decision> = {},
  files: readonly [before: Record<string, string>, after: Record<string, string>] = [
    { 'settings.yaml': 'teams: []\n' },
    { 'settings.yaml': 'teams: [security]\n' },
  ],
): DecidedPolicy => ({
  change: policyChange({ id: 'in-force', files: files[0] }, { id: 'new', files: files[1] }),
  decision: decision(more),
  problems: [],
  tests_passed: 60,
  new_approvers: { teams: {}, users: {} },
  known: { asked: 0, differing: [] },
  effects: { points: [], look_closely: [] },
});

export const reporting = (more: Partial<CheckContent> = {}): CheckContent => ({
  pull_request: { head_sha: 'c0ffee', url: 'https://github.test/acme/access/pull/7' },
  changes: [],
  problems: [],
  policies: null,
  out_of_force: null,
  fault: null,
  reviewers_refused: null,
  ahead: [],
  same_head: [],
  head: { seq: 41, hash: 'ab12' },
  ...more,
});

export const waiting = decided({
  outcome: 'awaiting_review',
  requirements: [asked('payments', ['bob'], []), asked('security', [], ['carol', 'dave'])],
  not_counted: [
    {
      review: 3,
      who: who('erin'),
      code: 'approver_contributed',
      message: 'they contributed to the branch',
    },
  ],
  warnings: [{ code: 'warned', rule: 'production/hours', message: 'security has not looked' }],
});
export const STRANGER = 'commit abcdef0123 has an author without a GitHub account: amend it';
/** What a decision says where a contributor cannot be identified. */
export const ofStranger: Pick<Decision, 'warnings' | 'not_counted'> = {
  warnings: [
    { code: 'warned', rule: 'production/hours', message: 'security has not looked' },
    { code: 'contributors_unknown', rule: 'core/contributors', message: STRANGER },
  ],
  not_counted: [
    {
      review: 4,
      who: who('bob'),
      code: 'contributors_unknown',
      message: `somebody who contributed cannot be identified: ${STRANGER}`,
    },
  ],
};
export const denied = decided({
  outcome: 'denied',
  denials: [
    {
      code: 'policy_denied',
      key: 'ticket',
      rule: 'production/ticket',
      message: 'a ticket is needed',
    },
  ],
});
export const problem: Problem = {
  ...{ path: PATH, line: 4, code: 'not_a_duration', key: 'duration' },
  message: 'duration: "soon" is not a duration',
};
