import type { PolicyData, Role } from '../policy/catalog.js';
import { pointsBefore } from '../policy/enforcement/point.js';
import { EVERY_ACTION } from '../policy/data-at-use.js';
import { formatDuration } from '../reading/duration.js';
import { own } from '../reading/problem.js';
import { allowedBy, readAct } from './act.js';
import type { GrantDraft } from './draft.js';
import type { Question } from './weigh.js';

/** What is asked for where nothing says less, seconds. */
const AN_HOUR = 3_600;

/**
 * The smallest grant that would allow a use: of the roles that allow it that with the lowest risk, then with the fewest
 * actions; that action alone where the provider or an enforcement point holds a scope; an hour, or less where the settings say so. Null where no
 * role would do.
 */
export function smallestGrant(
  { subject, resource: name, environment, act }: Question,
  { catalog, settings, ...data }: Pick<PolicyData, 'catalog' | 'settings' | 'enforcement'>,
  providers: Readonly<Record<string, { readonly enforces_scope: boolean }>>,
): GrantDraft | null {
  const resource = own(catalog, name);
  const read = readAct(act);
  // Whose login nobody knows cannot be named in a file.
  if (subject.login === null) return null;
  if (!resource || 'why' in read || !own(resource.environments, environment)) return null;
  const [found] = Object.entries(resource.roles)
    .filter(([, role]) => allowedBy(role, null, read) !== null)
    .sort(bySize);
  const limits = own(settings.environments, environment);
  if (!found || !limits) return null;
  const [role, given] = found;
  const { risk } = given;
  const most =
    (risk === 'high' ? limits.high_risk_max_duration_seconds : undefined) ??
    limits.max_duration_seconds;
  const action = allowedBy(given, null, read) ?? '';
  // A scope of an action that the role does not name would allow nothing.
  const narrower =
    (own(providers, resource.provider)?.enforces_scope === true ||
      pointsBefore(data, { resource: name, environment }).length > 0) &&
    allowedBy(given, { actions: [action] }, read) !== null &&
    size(given) > 1;
  return {
    ...{ environment, subject: subject.login, resource: name, role },
    ...{ duration: formatDuration(Math.min(AN_HOUR, most)), expires_at: null, starts_at: null },
    ...{ actions: narrower ? [action] : null, reason: null, ticket: null },
  };
}

const size = ({ actions = [] }: Role): number =>
  actions.includes(EVERY_ACTION) ? Number.POSITIVE_INFINITY : actions.length;

function bySize([name, role]: [string, Role], [otherName, other]: [string, Role]): number {
  const risk = Number(role.risk === 'high') - Number(other.risk === 'high');
  if (risk !== 0) return risk;
  if (size(role) !== size(other)) return size(role) < size(other) ? -1 : 1;
  return name < otherName ? -1 : 1;
}
