import type { z } from 'zod';
import type { OnGitHub } from '../../core/policy/power.js';
import { wrongIn } from '../../core/reading/shape.js';
import type { Provider } from '../../ports.js';
import { connectOrganization } from './organization.js';
import type { Operations } from './organization.js';
import { refuseIdentity } from './people.js';

/** One kind of access in an organisation: what its entitlements look like, and how it is read and changed. */
export interface OrganizationAccess<Entitlement, Seen, Kept>
  extends Pick<Provider, 'type' | 'join'>, Operations<Seen, Kept> {
  readonly entitlement: z.ZodObject & z.ZodType<Entitlement>;
  /** What an entitlement gives, and at which level. */
  gives(entitlement: Entitlement): { readonly on: OnGitHub; readonly level: string };
}

/**
 * A provider of one kind of access in one organisation. A slot is (id of what is given, account id): names and logins
 * can change, and somebody else can take the old one. GitHub ends nothing by itself, and knows neither scopes nor
 * sessions.
 */
export function organizationProvider<Entitlement, Seen, Kept>({
  type,
  join,
  entitlement,
  gives,
  ...doings
}: OrganizationAccess<Entitlement, Seen, Kept>): Provider {
  const nameOf = (value: unknown) => {
    const read = entitlement.safeParse(value);
    return read.success ? gives(read.data).on.name : null;
  };
  return {
    type,
    native_expiry: 'none',
    enforces_scope: false,
    ends_sessions: false,
    join,
    realm: (fingerprint) => fingerprint,
    check: (value) => wrongIn(entitlement, value),
    checkIdentity: refuseIdentity,
    slot: (value, identity) => {
      const { on, level } = gives(entitlement.parse(value));
      return { object: String(on.id), identity, level, keep_sessions: true };
    },
    onGitHub: (value) => gives(entitlement.parse(value)).on,
    connect: (config) => connectOrganization(config, doings, nameOf),
  };
}
