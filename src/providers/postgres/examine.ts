import type pg from 'pg';
import { PLACES } from '../../clients/postgres.js';
import { postgresSecured, SECURE_POSTGRES } from '../../clients/postgres-secured.js';
import { counted } from '../../core/reading/problem.js';
import { bad, good, type Finding } from '../../core/report/finding.js';
import { securedFinding } from '../../core/report/secured.js';

/** A worker's pool on a target and the session that it keeps. */
const SESSIONS = 5;
/** At most so many logins are named. */
const SHOWN = 5;
const DOCS = 'see "Connections" in docs/providers/postgres.md';

interface Places {
  /** Those that need no right. */
  readonly places: number;
  /** Those of `reserved_connections`; null before 16. */
  readonly reserved: number | null;
  readonly may_reserve: boolean;
  readonly login: string;
  /** Of Daypass's own login; -1 for none. */
  readonly own: number;
}

/** What doctor says of a target: how the connection is secured, and who could use up its connections. */
export async function examineTarget(
  client: pg.ClientBase,
  about: string,
  identities: readonly string[],
): Promise<readonly Finding[]> {
  const secured = securedFinding(about, await postgresSecured(client), SECURE_POSTGRES);
  const { rows } = await client.query<Places>(OWN_PLACES);
  const [row] = rows;
  if (!row) return [secured];
  const unlimited = await client.query<{ name: string }>(
    `SELECT rolname AS name FROM pg_roles WHERE rolname = ANY ($1) AND rolcanlogin AND NOT rolsuper
     AND (rolconnlimit < 0 OR rolconnlimit >= $2) ORDER BY 1`,
    [identities, row.places],
  );
  const names = unlimited.rows.map(({ name }) => name);
  return [secured, ...own(about, row), ...limits(about, names, row)];
}

const OWN_PLACES = `
  SELECT ${PLACES} AS places, current_setting('reserved_connections', true)::int AS reserved,
         rolname AS login, rolconnlimit AS own,
         coalesce((SELECT pg_has_role(oid, 'USAGE') FROM pg_roles
                   WHERE rolname = 'pg_use_reserved_connections'), false) AS may_reserve
  FROM pg_roles WHERE rolname = current_user`;

function own(about: string, { reserved, may_reserve, login, own }: Places): readonly Finding[] {
  const findings: Finding[] = [];
  if (own >= 0 && own < SESSIONS)
    findings.push(
      bad(
        about,
        `${login} may have ${counted(own, 'connection')} at most; each worker needs ${SESSIONS}`,
        DOCS,
      ),
    );
  if (reserved === null || reserved === 0)
    findings.push(
      good(about, 'no connections are reserved for ends; one is kept while grants are live'),
    );
  else
    findings.push(
      may_reserve
        ? good(
            about,
            `${login} may use the ${counted(reserved, 'connection')} that the server reserves`,
          )
        : bad(
            about,
            `the server reserves ${counted(reserved, 'connection')}, and ${login} may not use them`,
            `GRANT pg_use_reserved_connections TO ${login} WITH INHERIT TRUE; ${DOCS}`,
          ),
    );
  return findings;
}

function limits(about: string, names: readonly string[], { places }: Places): readonly Finding[] {
  if (names.length === 0) return [];
  const more = names.length - SHOWN;
  const who = `${names.slice(0, SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return [
    bad(
      about,
      `${who} could use all ${places} connections, and so hinder the end of their access`,
      `limit each of these logins, for example ALTER ROLE ${names[0] ?? ''} CONNECTION LIMIT 10; ${DOCS}`,
    ),
  ];
}
