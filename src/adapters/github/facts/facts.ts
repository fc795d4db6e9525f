import { z } from 'zod';
import type { Account, Team } from '../../../core/grant/person.js';
import type { FoundFamily } from '../../../core/policy/power.js';
import type { IdentifiedRepository } from '../access-repository.js';
import { SOURCE, sourceShape } from '../access-repository.js';
import type { App } from '../../../clients/github/app.js';
import { COMMIT_PEOPLE, commitPeople } from './contributors.js';
import type { CommitPeople } from './contributors.js';
import { FAMILY, family, familyOf, slugIn } from './families.js';
import { ask } from '../../../clients/github/graphql.js';
import { OPEN_PULLS, openPulls } from './open-pulls.js';
import { ACTOR, user } from './people.js';
import { PULL_REQUEST, pullRequest } from './pull-request-facts.js';
import { completeTeam, TEAM_FRAGMENT, team } from './teams.js';

/** More than this of each kind is asked for in further queries: GitHub bounds what one may cost (500,000 nodes). */
const AT_ONCE = { commits: 40, teams: 40, logins: 40, families: 10 };

/** What to ask GitHub in one go. */
export interface FactsQuery {
  readonly number: number | null;
  readonly commits: readonly string[];
  readonly teams: readonly string[];
  readonly logins: readonly string[];
  /** Teams that grants may be for, as `organisation/slug`. */
  readonly families: readonly string[];
}

export interface Facts {
  /** With the first page of its reviews. */
  readonly pull: z.infer<typeof pullRequest> | null;
  /** The first page of the open pull requests. */
  readonly open: z.infer<typeof openPulls> | null;
  readonly commits: ReadonlyMap<string, CommitPeople>;
  readonly teams: Readonly<Record<string, Team | null>>;
  readonly accounts: Readonly<Record<string, Account | null>>;
  /** By name in lower case. */
  readonly families: Readonly<Record<string, FoundFamily>>;
}

const accountAnswer = z
  .object({ node: z.string(), organization: z.object({ databaseId: z.number() }).nullish() })
  .and(user);

const answer = z
  .object({
    repository: z
      .object({
        ...sourceShape,
        pullRequest: pullRequest.nullish(),
        pullRequests: openPulls.optional(),
      })
      .catchall(commitPeople.nullable()),
    organization: z.record(z.string(), z.union([family, team]).nullable()).optional(),
  })
  .catchall(accountAnswer.nullable());

/** The query and its variables; what comes from files travels as variables only. */
function queryFor(asked: FactsQuery, slugs: readonly string[], organization: boolean) {
  const list = (kind: string, type: string, all: readonly string[]) =>
    all.map((value, i) => ({ alias: `${kind}${i}`, type, value }));
  const commits = list('c', 'GitObjectID', asked.commits);
  const teams = organization ? list('t', 'String', asked.teams) : [];
  const users = list('u', 'String', asked.logins);
  const families = list('f', 'String', slugs);
  const lists = [...commits, ...teams, ...families, ...users];
  const declared = lists.map(({ alias, type }) => `, $${alias}: ${type}!`).join('');
  const each = (all: typeof lists, field: (alias: string) => string) =>
    all.map(({ alias }) => `${alias}: ${field(alias)}`).join('\n');
  // A person's own repository has no organisation to ask for.
  const membership = organization ? 'organization(login: $owner) { databaseId }' : '';
  const pull = asked.number === null ? '' : `${PULL_REQUEST} ${OPEN_PULLS}`;
  const query = `query Facts($owner: String!, $name: String!
    ${asked.number === null ? '' : ', $number: Int!'}${declared}) {
    repository(owner: $owner, name: $name) { ${SOURCE} ${pull}
      ${each(commits, (alias) => `object(oid: $${alias}) { ...commitPeople }`)}
    }
    ${
      teams.length + families.length === 0
        ? ''
        : `organization(login: $owner) {
      ${each(teams, (alias) => `team(slug: $${alias}) { ...team }`)}
      ${each(families, (alias) => `team(slug: $${alias}) { ...family }`)}
    }`
    }
    ${each(users, (alias) => `user(login: $${alias}) { node: id login databaseId ${membership} }`)}
  }
  ${asked.number === null ? '' : ACTOR}
  ${commits.length === 0 ? '' : COMMIT_PEOPLE}
  ${teams.length === 0 ? '' : TEAM_FRAGMENT}
  ${families.length === 0 ? '' : FAMILY}`;
  const values = Object.fromEntries(lists.map(({ alias, value }) => [alias, value]));
  return { query, variables: asked.number === null ? values : { ...values, number: asked.number } };
}

/** The aliases of what may be missing: teams (`t0`), teams with their families (`f0`), users (`u0`), the pull request. */
const MAY_BE_MISSING = /^(?:[tfu]\d+|pullRequest)$/;

/** Asks one query. */
async function readSome(
  client: Pick<App, 'octokit'>,
  access: IdentifiedRepository,
  asked: FactsQuery,
): Promise<Facts> {
  const { owner, name, organization, source } = await access.identity();
  const slugOf = (named: string) => (organization ? slugIn(named, owner) : null);
  const slugs = [...new Set(asked.families.flatMap((named) => slugOf(named) ?? []))];
  const { query, variables } = queryFor(asked, slugs, organization);
  const values = { owner, name, ...variables };
  const found = await ask(client, query, values, answer, { missing: MAY_BE_MISSING });
  access.confirm(found.repository);

  const { ids } = access;
  const { pullRequest: pull } = found.repository;
  if (pull) ids.keep('pull request', String(pull.number), pull.id);
  for (const [i, login] of asked.logins.entries()) {
    const known = found[`u${i}`];
    if (known) ids.keep('user', login, known.node);
  }
  const account = (i: number): Account | null => {
    const known = found[`u${i}`];
    if (!known) return null;
    const member = organization ? Boolean(known.organization) : known.id === source.owner_id;
    return { id: known.id, login: known.login, type: known.type, member };
  };
  const teams: [string, Team | null][] = [];
  for (const [i, slug] of asked.teams.entries()) {
    const known = found.organization?.[`t${i}`];
    const is = known && 'members' in known ? known : null;
    if (is) ids.keep('team', slug, is.id);
    teams.push([slug, is && (await completeTeam(client, owner, is))]);
  }
  const familyNamed = (named: string): FoundFamily => {
    const slug = slugOf(named);
    if (slug === null) return 'elsewhere';
    const known = found.organization?.[`f${slugs.indexOf(slug)}`];
    const is = known && 'ancestors' in known ? known : null;
    return is ? familyOf(is, source.repository_id) : { unknown: 'GitHub has no such team' };
  };
  return {
    pull: pull ?? null,
    open: found.repository.pullRequests ?? null,
    commits: new Map(
      asked.commits.flatMap((sha, i) => {
        const people = found.repository[`c${i}`];
        return people ? [[sha, people] as const] : [];
      }),
    ),
    teams: Object.fromEntries(teams),
    accounts: Object.fromEntries(asked.logins.map((login, i) => [login.toLowerCase(), account(i)])),
    families: Object.fromEntries(
      asked.families.map((named) => [named.toLowerCase(), familyNamed(named)]),
    ),
  };
}

/** Reads everything asked for, in one query unless there is a lot of something. */
export async function readFacts(
  client: Pick<App, 'octokit'>,
  access: IdentifiedRepository,
  asked: FactsQuery,
): Promise<Facts> {
  const part = (slice: <T>(all: readonly T[], most: number) => readonly T[]) => ({
    commits: slice(asked.commits, AT_ONCE.commits),
    teams: slice(asked.teams, AT_ONCE.teams),
    logins: slice(asked.logins, AT_ONCE.logins),
    families: slice(asked.families, AT_ONCE.families),
  });
  const first = part((all, most) => all.slice(0, most));
  const facts = await readSome(client, access, { number: asked.number, ...first });
  const rest = part((all, most) => all.slice(most));
  if (Object.values(rest).every((list) => list.length === 0)) return facts;
  const more = await readFacts(client, access, { number: null, ...rest });
  return {
    ...facts,
    commits: new Map([...facts.commits, ...more.commits]),
    teams: { ...facts.teams, ...more.teams },
    accounts: { ...facts.accounts, ...more.accounts },
    families: { ...facts.families, ...more.families },
  };
}
