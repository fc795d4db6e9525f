import { z } from 'zod';
import { wrongIn } from '../../core/reading/shape.js';
import type { Provider } from '../../ports.js';
import { TargetFault } from '../../ports.js';
import { readGuarded } from './observe.js';

/** The one level: roles are slots of their own, so none covers another. */
const ALLOWED = 'allowed';

/** What an enforcement point may need to know: the account on a host. */
const entitlement = z.strictObject({
  account: z
    .string({ error: 'must be the name of an account' })
    .regex(/^[a-z_][a-z0-9_-]{0,31}$/, { error: 'must be the name of an account' })
    .optional(),
});

/**
 * Access that exists only where Daypass is asked: a deployment, a route, an account on a host. No call gives or takes it,
 * because the processes that decide uses go by the grants' own rows. A slot is (resource, environment and role; GitHub
 * id). Its place is this ledger, not a target that could be another one: even if the access repository is replaced,
 * whoever reads the row of a grant reads the proof of its end beside it.
 */
export const guarded: Provider = {
  type: 'guarded',
  targetless: true,
  native_expiry: 'full',
  enforces_scope: true,
  ends_sessions: false,
  join: (levels) => (levels.length === 0 ? null : ALLOWED),
  check: (value) => wrongIn(entitlement, value),
  checkIdentity: (identity) =>
    /^[1-9]\d{0,15}$/.test(identity) ? null : 'must be the numeric id of a GitHub account',
  slot: (_entitlement, identity, { resource, environment, role }) => ({
    object: `${resource}/${environment}/${role}`,
    identity,
    level: ALLOWED,
    keep_sessions: false,
  }),
  realm: (fingerprint) => fingerprint,
  connect: ({ guard }) => {
    if (!guard) throw new TargetFault('guarded access needs the ledger', true);
    const read = readGuarded(guard, ALLOWED);
    return Promise.resolve({
      tells_ours: true,
      fingerprint: () => Promise.resolve('ledger'),
      observe: (slots, purpose = 'end') => read(slots, purpose),
      list: () =>
        Promise.reject(new TargetFault('guarded access is listed by the ledger alone', true)),
      // The entry before the call is what gives and takes.
      set: () => Promise.resolve(),
      close: () => Promise.resolve(),
    });
  },
};
