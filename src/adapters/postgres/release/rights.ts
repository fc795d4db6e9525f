import pg from 'pg';

/** The roles that `release` creates. `audit` only reads the ledger; `pdp` is that of decision processes. Both are optional. */
export interface Roles {
  readonly worker: string;
  readonly web: string;
  readonly audit: string | null;
  readonly pdp: string | null;
}

type Rights = Readonly<Partial<Record<keyof Roles, readonly string[]>>>;

/** Every table of the ledger, with what each role may do there (invariants 22 and 25). */
const TABLES: Readonly<Record<string, Rights>> = {
  entries: { worker: ['SELECT', 'INSERT'], audit: ['SELECT'] },
  policy_trees: { worker: ['SELECT', 'INSERT'], audit: ['SELECT'] },
  head: { worker: ['SELECT', 'UPDATE'], audit: ['SELECT'], pdp: ['SELECT'] },
  grants: { worker: ['SELECT', 'INSERT', 'UPDATE'], audit: ['SELECT'] },
  work: { worker: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] },
  leases: { worker: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] },
  shown: { worker: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] },
  events_out: { worker: ['SELECT', 'INSERT', 'UPDATE'] },
  decision_processes: { worker: ['SELECT'], pdp: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] },
  compiled_policies: { worker: ['SELECT', 'INSERT'], pdp: ['SELECT'] },
  uses: { worker: ['SELECT', 'DELETE'], audit: ['SELECT'] },
  access_requests: { worker: ['SELECT', 'DELETE'], audit: ['SELECT'] },
  requests_served: { worker: ['SELECT', 'INSERT', 'UPDATE'], pdp: ['SELECT'] },
  denials_at_use: { pdp: ['SELECT'] },
  grants_at_use: { pdp: ['SELECT'] },
  policy_at_use: { pdp: ['SELECT'] },
  deliveries: { worker: ['SELECT', 'UPDATE', 'DELETE'] },
  migrations: { worker: ['SELECT'] },
  migrations_lock: {},
};

/** The content of a delivery; web may not set whether it was handled. */
const DELIVERED = 'delivery_id, event, action, installation_id, repository_id, pull_request, ref';

/** The content of a decided use; its process may not say which batch it belongs to. */
const USED = 'at, subject_id, allowed, body, evaluation';

/** What a decision process adds of a request for access, and what it sees of one; it may change none. */
const REQUESTED = 'id, evaluation, point, subject_id, idempotency_key, digest, body, asked_at';
const REQUEST_SEEN =
  'id, evaluation, point, subject_id, idempotency_key, digest, asked_at, status, why, review, approved_until, settled_at';
/** What a worker says of one. */
const ANSWERED = 'status, why, review, pull_request, approved_until, settled_at';

/** When each grant is next due, which the audit compares; without errors, which may say more. */
const PLANNED = 'topic, due_at, starts';

/** Rights that no role may have on any table of the ledger beyond those above. */
const EVERY_RIGHT = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'];

/** Sets the rights of all roles to exactly these. */
export async function setRights(client: pg.ClientBase, roles: Roles): Promise<void> {
  const worker = pg.escapeIdentifier(roles.worker);
  const web = pg.escapeIdentifier(roles.web);
  const all = named(roles).map(([, role]) => pg.escapeIdentifier(role));
  await client.query(`
    REVOKE ALL ON ALL TABLES IN SCHEMA daypass FROM PUBLIC, ${all.join(', ')};
    REVOKE ALL ON SCHEMA daypass FROM PUBLIC;
    GRANT USAGE ON SCHEMA daypass TO ${all.join(', ')};
    GRANT INSERT (${DELIVERED}) ON daypass.deliveries TO ${web};
    GRANT UPDATE (batch, recorded) ON daypass.uses TO ${worker};
    GRANT USAGE ON SEQUENCE daypass.use_batches TO ${worker};
    GRANT UPDATE (${ANSWERED}) ON daypass.access_requests TO ${worker};
    REVOKE ALL ON ALL TABLES IN SCHEMA bullmq FROM PUBLIC, ${all.join(', ')};
    REVOKE ALL ON SCHEMA bullmq FROM PUBLIC, ${all.join(', ')};
    GRANT USAGE ON SCHEMA bullmq TO ${worker};
    GRANT ALL ON ALL TABLES IN SCHEMA bullmq TO ${worker};
    GRANT ALL ON ALL SEQUENCES IN SCHEMA bullmq TO ${worker};
    REVOKE TRUNCATE, REFERENCES, TRIGGER ON ALL TABLES IN SCHEMA bullmq FROM ${worker};
    REVOKE INSERT, UPDATE, DELETE ON bullmq.migration FROM ${worker};
  `);
  if (roles.pdp !== null) {
    const pdp = pg.escapeIdentifier(roles.pdp);
    await client.query(`
      GRANT INSERT (${USED}) ON daypass.uses TO ${pdp};
      GRANT INSERT (${REQUESTED}), SELECT (${REQUEST_SEEN}) ON daypass.access_requests TO ${pdp};
    `);
  }
  if (roles.audit !== null) {
    const audit = pg.escapeIdentifier(roles.audit);
    await client.query(`GRANT SELECT (${PLANNED}) ON daypass.work TO ${audit}`);
  }
  for (const { role, tab, rights } of expected(roles)) {
    if (rights.length === 0) continue;
    const may = rights.join(', ');
    await client.query(`GRANT ${may} ON daypass.${tab} TO ${pg.escapeIdentifier(role)}`);
  }
}

/**
 * Proves that no role can do more than that in any way that PostgreSQL knows: as a superuser, through another role, or
 * by a grant to everybody. Throws with the excess rights.
 */
export async function proveRights(client: pg.ClientBase, roles: Roles): Promise<void> {
  const { rows } = await client.query<{ too_much: string }>(
    `WITH allowed AS (SELECT * FROM json_to_recordset($1) AS a(role text, tab text, rights text[])),
     mighty AS (
       SELECT format('%s is a superuser or may create roles', rolname) AS too_much FROM pg_roles
       WHERE rolname IN (SELECT role FROM allowed) AND (rolsuper OR rolcreaterole)
       UNION ALL
       SELECT DISTINCT format('%s can act as the owner', role) FROM allowed
       WHERE pg_has_role(role, current_user, 'MEMBER')),
     rights AS (
       SELECT format('%s has %s on %s', role, privilege, tab)
       FROM allowed, unnest($2::text[]) AS privilege
       WHERE has_table_privilege(role, 'daypass.' || tab, privilege) AND privilege <> ALL (rights))
     SELECT * FROM mighty UNION ALL SELECT * FROM rights`,
    [JSON.stringify(expected(roles)), EVERY_RIGHT],
  );
  if (rows.length > 0) {
    const found = rows.slice(0, 5).map(({ too_much }) => too_much);
    throw new Error(`The roles of the ledger have too many rights: ${found.join('; ')}`);
  }
}

function expected(roles: Roles) {
  return Object.entries(TABLES).flatMap(([tab, rights]) =>
    named(roles).map(([kind, role]) => ({ role, tab, rights: rights[kind] ?? [] })),
  );
}

/** The configured roles, each with its purpose. */
function named(roles: Roles): readonly (readonly [keyof Roles, string])[] {
  const kinds = ['worker', 'web', 'audit', 'pdp'] as const;
  return kinds.flatMap((kind) => {
    const role = roles[kind];
    return role === null ? [] : [[kind, role] as const];
  });
}
