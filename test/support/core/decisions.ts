import { CORE_VERSION, type Decision } from '../../../src/core/decision/decision.js';

export const APPROVED: Decision = {
  core: CORE_VERSION,
  outcome: 'approved',
  denials: [],
  warnings: [],
  requirements: [],
  not_counted: [],
  approved_by_rules: [],
  consent: null,
};
/** Approved by bob. */
export const REVIEWED: Decision = {
  ...APPROVED,
  requirements: [
    {
      asked_by: [],
      teams: ['payments'],
      users: [],
      count: 1,
      met_by: [{ id: 102, login: 'bob' }],
      eligible: [],
    },
  ],
};
export const WAITING: Decision = {
  ...APPROVED,
  outcome: 'awaiting_review',
  not_counted: [
    {
      review: 1,
      who: { id: 102, login: 'bob' },
      code: 'approval_outdated',
      message: 'it was of something else',
    },
  ],
};
export const DENIED: Decision = {
  ...APPROVED,
  outcome: 'denied',
  denials: [
    { code: 'policy_denied', key: 'ticket', rule: 'production/ticket', message: 'no ticket' },
  ],
};
