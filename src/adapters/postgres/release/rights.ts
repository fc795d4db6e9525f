import type pg from 'pg';

/** Every table of the ledger, with what each role may do there (invariants 22 and 25). */
const TABLES: Readonly<Record<string, { worker: readonly string[]; web: readonly string[] }>> = {
  entries: { worker: ['SELECT', 'INSERT'], web: [] },
  policy_trees: { worker: ['SELECT', 'INSERT'], web: [] },
  head: { worker: ['SELECT', 'UPDATE'], web: [] },
  grants: { worker: ['SELECT', 'INSERT', 'UPDATE'], web: [] },
  work: { worker: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'], web: [] },
  leases: { worker: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'], web: [] },
  shown: { worker: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'], web: [] },
  events_out: { worker: ['SELECT', 'INSERT', 'UPDATE'], web: [] },
  deliveries: { worker: ['SELECT', 'UPDATE', 'DELETE'], web: [] },
  migrations: { worker: ['SELECT'], web: [] },
  migrations_lock: { worker: [], web: [] },
};

/** What a delivery says; whether it was handled is not web's to say. */
const DELIVERED = 'delivery_id, event, action, installation_id, repository_id, pull_request, ref';

/** What a role may not have on any table of the ledger, once its rights are as above. */
const EVERY_RIGHT = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'];

/** Sets the rights of both roles to exactly these. Arguments are quoted identifiers. */
export async function setRights(client: pg.ClientBase, worker: string, web: string): Promise<void> {
  await client.query(`
    REVOKE ALL ON ALL TABLES IN SCHEMA daypass FROM PUBLIC, ${worker}, ${web};
    REVOKE ALL ON SCHEMA daypass FROM PUBLIC;
    GRANT USAGE ON SCHEMA daypass TO ${worker}, ${web};
    GRANT INSERT (${DELIVERED}) ON daypass.deliveries TO ${web};
    GRANT USAGE ON SCHEMA bullmq TO ${worker};
    GRANT ALL ON ALL TABLES IN SCHEMA bullmq TO ${worker};
    GRANT ALL ON ALL SEQUENCES IN SCHEMA bullmq TO ${worker};
    REVOKE TRUNCATE, REFERENCES, TRIGGER ON ALL TABLES IN SCHEMA bullmq FROM ${worker};
    REVOKE INSERT, UPDATE, DELETE ON bullmq.migration FROM ${worker};
  `);
  for (const [table, { worker: rights }] of Object.entries(TABLES)) {
    if (rights.length === 0) continue;
    await client.query(`GRANT ${rights.join(', ')} ON daypass.${table} TO ${worker}`);
  }
}

/**
 * Proves that neither role can do more than that by any way that PostgreSQL knows of: as a superuser, by
 * another role, by a grant to everybody. Arguments are role names. Throws with what is too much.
 */
export async function proveRights(
  client: pg.ClientBase,
  worker: string,
  web: string,
): Promise<void> {
  const { rows } = await client.query<{ too_much: string }>(
    `WITH allowed AS (SELECT * FROM json_to_recordset($1) AS a(role text, tab text, rights text[])),
     mighty AS (
       SELECT format('%s is a superuser or may create roles', rolname) AS too_much FROM pg_roles
       WHERE rolname IN (SELECT role FROM allowed) AND (rolsuper OR rolcreaterole)
       UNION ALL
       SELECT DISTINCT format('%s can act as the owner', role) FROM allowed
       WHERE pg_has_role(role, current_user, 'MEMBER')),
     rights AS (
       SELECT format('%s has %s on %s', role, held, tab)
       FROM allowed, unnest($2::text[]) AS held
       WHERE has_table_privilege(role, 'daypass.' || tab, held) AND held <> ALL (rights))
     SELECT * FROM mighty UNION ALL SELECT * FROM rights`,
    [JSON.stringify(expected(worker, web)), EVERY_RIGHT],
  );
  if (rows.length > 0) {
    const found = rows.slice(0, 5).map(({ too_much }) => too_much);
    throw new Error(`The roles of the ledger have too many rights: ${found.join('; ')}`);
  }
}

const expected = (worker: string, web: string) =>
  Object.entries(TABLES).flatMap(([tab, rights]) => [
    { role: worker, tab, rights: rights.worker },
    { role: web, tab, rights: rights.web },
  ]);
