import type { PolicyData } from '../policy/catalog.js';
import { own, quote, someOf } from '../reading/problem.js';
import type { GrantDraft } from './draft.js';
import { saysSomething } from './request-line.js';

/** What somebody says of the grant that they want; null for what they do not say. */
export type GrantWish = Omit<GrantDraft, 'environment' | 'resource' | 'role'> & {
  readonly [Key in 'environment' | 'resource' | 'role']: string | null;
};

/** Something that a wish still has to say, or says wrongly. */
export interface Lack {
  readonly option: 'resource' | 'role' | 'environment' | 'for' | 'reason';
  /** What it says instead of one of these; null where it says nothing. */
  readonly found: string | null;
  /** Null where it is free text. */
  readonly allowed: readonly string[] | null;
}

/**
 * The draft of a wish, once it says everything and names what the catalog has. Where there is only one role or
 * environment, it need not be said. Otherwise all that it lacks, as far as that can be told by then.
 */
export function draftOf(
  wish: GrantWish,
  { catalog }: Pick<PolicyData, 'catalog'>,
): { readonly draft: GrantDraft } | { readonly lacks: readonly [Lack, ...Lack[]] } {
  const lacks: Lack[] = [];
  const one = (option: Lack['option'], found: string | null, allowed: readonly string[]) => {
    const name = found ?? (allowed.length === 1 ? (allowed[0] ?? null) : null);
    if (name !== null && allowed.includes(name)) return name;
    lacks.push({ option, found: name, allowed });
    return '';
  };
  const resource = one('resource', wish.resource, Object.keys(catalog));
  const known = own(catalog, resource);
  const rest = known ?? { roles: {}, environments: {} };
  // What a resource has can only be told once it is known.
  const role = known ? one('role', wish.role, Object.keys(rest.roles)) : '';
  const environment = known
    ? one('environment', wish.environment, Object.keys(rest.environments))
    : '';
  if (wish.duration === null && wish.expires_at === null)
    lacks.push({ option: 'for', found: null, allowed: null });
  const reason = wish.reason !== null && saysSomething(wish.reason) ? wish.reason : null;
  if (reason === null) lacks.push({ option: 'reason', found: null, allowed: null });
  const [first, ...more] = lacks;
  return first
    ? { lacks: [first, ...more] }
    : { draft: { ...wish, resource, role, environment, reason } };
}

const NAMES: Readonly<Record<Lack['option'], string>> = {
  resource: 'RESOURCE',
  role: '--role',
  environment: '--environment',
  for: '--for or --until',
  reason: '--reason',
};
const FREE: Partial<Record<Lack['option'], string>> = {
  for: 'how long, such as 4h, or until when, such as 2026-11-24T21:00:00Z',
  reason: 'why, in a sentence for the people who approve',
};

/** A lack in words: the option, what was found, and what is allowed. */
export function lackInWords({ option, found, allowed }: Lack): string {
  const wants = allowed === null ? (FREE[option] ?? '') : `one of ${someOf(allowed)}`;
  const instead = found === null ? '' : `${quote(found)} is not in the catalog. Use `;
  return `${NAMES[option]}: ${instead}${wants}`;
}
