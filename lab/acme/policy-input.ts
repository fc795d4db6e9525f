import type { PolicyInput } from '../../src/core/decision/facts.js';
import { momentOf } from '../../src/core/policy/moment.js';
import { alice, minute } from './story.js';

/** The policy's input when alice adds her file to read orders for four hours. */
export function policyInput(path: string, more: Partial<PolicyInput> = {}): PolicyInput {
  const [, environment = ''] = path.split('/');
  return {
    change: { kind: 'added', path, environment, less: false },
    grant: {
      path,
      environment,
      resource: 'orders-db',
      role: 'read-only',
      subject_id: alice.id,
      reason: 'Slow order queries',
      ticket: 'INC-4821',
      break_glass: false,
      scope: null,
      starts_at: null,
      expires_at: null,
      duration_seconds: 4 * 3600,
    },
    previous: null,
    subject: { ...alice, member: true, teams: [] },
    requester: { ...alice, teams: [] },
    contributors: [alice.id],
    resource: { name: 'orders-db', provider: 'postgres', owners: ['payments'] },
    role: { name: 'read-only', risk: 'normal', native_expiry: 'none', enforces_scope: false },
    settings: { max_duration_seconds: 8 * 3600 },
    pull_request: { number: 7, title: 'Orders', url: 'https://github.com/acme/access/pull/7' },
    siblings: [],
    pending: [],
    live: [],
    history: [],
    covers_now: [],
    now: momentOf(new Date(minute(0)), 'Europe/Berlin'),
    ...more,
  };
}
