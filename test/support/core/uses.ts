import { entitled, landing, minute, record, told, type Told } from '../../../lab/acme/story.js';
import type { AtUse } from '../../../src/core/grant/at-use.js';
import type { GrantRecord } from '../../../src/core/grant/record.js';
import { targetIn, type PolicyData } from '../../../src/core/policy/catalog.js';
import { parsePolicyData } from '../../../src/core/policy/data.js';
import type { Act } from '../../../src/core/use/act.js';
import { weigh, type Question } from '../../../src/core/use/weigh.js';
import { FILES, providers } from './policy-files.js';

/** A resource that is used in each way: actions, commands, calls, and a role of everything. */
export const CATALOG = `provider: strict
type: host
owners: [payments]
roles:
  nothing: { entitlement: { member_of: nobody } }
  reader:
    entitlement: { member_of: reader }
    actions: [get, select, logs]
    routes: { get: [GET /v1/orders/**] }
    commands: { logs: [[journalctl, -u, "orders-*", "**"]] }
  operator:
    entitlement: { member_of: operator }
    actions: [restart, logs]
    commands:
      restart: [[systemctl, restart, "orders-*"]]
      logs: [[journalctl, -u, "orders-*", "**"]]
  admin:
    entitlement: { member_of: admin }
    risk: high
    actions: ["*"]
    commands: { logs: [[journalctl, "**"]] }
environments:
  production: { target: orders }
  no: { target: orders-dev }
`;

function read(): PolicyData {
  const parsed = parsePolicyData({ ...FILES, 'catalog/orders-host.yaml': CATALOG }, providers);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}
export const usesData = read();

/** A grant of alice on the host, active from minute 1 to 241 unless its story says more, as its role is in the catalog. */
export function granted(
  declared: Partial<GrantRecord['declared']> = {},
  more: readonly Told[] = [],
  at_use: AtUse = atUse(declared.role ?? 'operator'),
  elsewhere: { readonly provider?: string; readonly target?: string } = {},
): GrantRecord {
  const resource = usesData.catalog['orders-host'];
  const target = resource && targetIn(resource, declared.environment ?? 'production');
  const there = { provider: 'strict', target: target ?? entitled.slot.target };
  const slot = { ...entitled.slot, ...there, ...elsewhere };
  const change = {
    declared: { ...landing.declared, resource: 'orders-host', role: 'operator', ...declared },
    entitled: { ...entitled, slot, ...(at_use.actions && { at_use }) },
  };
  const { entitled: frozen } = change;
  const [at, kind, body] = told.activating(1);
  return record(
    ...[told.approved(0, change), [at, kind, { ...body, entitled: frozen }] as Told],
    ...[told.activated(1), ...more],
  );
}

function atUse(role: string): AtUse {
  const {
    entitlement: _,
    risk: __,
    ...allowed
  } = usesData.catalog['orders-host']?.roles[role] ?? {
    ...{ entitlement: {}, risk: 'normal' },
  };
  return allowed;
}

/** alice asks at a minute of the story. */
export function asked(
  act: Act,
  grants: readonly GrantRecord[],
  { at = 30, ...more }: Partial<Question> & { readonly at?: number } = {},
) {
  const question: Question = {
    ...{ subject: { id: 101, login: 'alice' }, resource: 'orders-host' },
    ...{ environment: 'production', act, ...more },
  };
  return weigh(question, { data: usesData, grants, now: new Date(minute(at)) });
}

export const action = (name: string): Act => ({ kind: 'action', name });
export const call = (method: string, target: string): Act => ({ kind: 'call', method, target });
export const command = (name: string, ...argv: string[]): Act => ({ kind: 'command', name, argv });
