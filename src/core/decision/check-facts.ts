import { LOGIN, SLUG } from '../reading/names.js';
import type { Snapshot } from '../change/snapshot.js';
import type { Person, Team } from '../grant/person.js';
import type { Who } from '../grant/record.js';
import { own, quote, type Parsed, type Problem } from '../reading/problem.js';
import type { ReasonCode } from '../reading/reason.js';
import { checkShape, listOf, mapping, name, named, text, whole, yesNo } from '../reading/shape.js';
import { readYaml } from '../reading/strict-yaml.js';
import { parseTimestamp } from '../reading/timestamp.js';

/** What only GitHub and the clock know, given by the user of `daypass check --facts FILE`. */
export interface CheckFacts {
  /** The time to judge it at, RFC 3339 in UTC; null for now. */
  readonly now: string | null;
  /** Who opens the pull request. */
  readonly requester: string;
  /** By login in lower case. */
  readonly people: Readonly<Record<string, FactsPerson>>;
  /** Logins of contributors other than the requester. */
  readonly contributors: readonly string[];
  /** Logins of those who approved what is in the working tree. */
  readonly approvals: readonly string[];
}

interface FactsPerson {
  readonly id: number;
  readonly login: string;
  /** In the organisation that owns the access repository. */
  readonly member: boolean;
  readonly teams: readonly string[];
}

/** The most that a facts file may have. Characters. */
const LONGEST = 256 * 1024;
const MOST_TOKENS = 100_000;

const logins = (what: string) => listOf(name(LOGIN), `a list of logins ${what}`, 0, 100).optional();

const FACTS = mapping({
  now: text('a date and time with its offset, such as 2026-11-24T14:00:00+01:00').optional(),
  requester: name(LOGIN),
  people: named(
    LOGIN,
    mapping({
      id: whole(1, Number.MAX_SAFE_INTEGER),
      member: yesNo().optional(),
      teams: listOf(name(SLUG), 'a list of team slugs', 0, 100).optional(),
    }),
  ),
  contributors: logins('of those who contributed'),
  approvals: logins('of those who approved'),
});

/** Reads a facts file, YAML 1.2 or JSON; returns every problem with its line. */
export function parseFacts(path: string, content: string): Parsed<CheckFacts> {
  if (content.length > LONGEST) {
    const message = `the file has ${content.length} characters. At most ${LONGEST} are allowed.`;
    return { ok: false, problems: [{ path, line: null, code: 'too_large', message }] };
  }
  const { file, problems: yaml } = readYaml(path, content, MOST_TOKENS);
  if (!file) return { ok: false, problems: yaml };
  const shape = checkShape(path, file, FACTS);
  const problems: Problem[] = [...yaml, ...shape.problems];
  const { value } = shape;
  if (value === null) return { ok: false, problems };
  const say = (keys: readonly PropertyKey[], code: ReasonCode, message: string) =>
    problems.push({ path, line: file.lineOf(keys), code, message });

  const now = value.now === undefined ? null : parseTimestamp(value.now);
  if (now && !now.ok) say(['now'], 'not_a_timestamp', `now: ${now.why}`);
  const people: Record<string, FactsPerson> = {};
  for (const [login, person] of Object.entries(value.people)) {
    const { id, member = false, teams = [] } = person;
    const other = Object.values(people).find((one) => one.id === id);
    if (other) {
      const message = `people: ${login} has the same id as ${other.login}, ${id}`;
      say(['people', login], 'identity_taken', message);
    }
    people[login.toLowerCase()] = { id, login, member, teams };
  }
  const { requester, contributors = [], approvals = [] } = value;
  for (const [key, those] of Object.entries({ requester: [requester], contributors, approvals })) {
    for (const login of those) {
      if (own(people, login.toLowerCase())) continue;
      const message = `${key}: ${quote(login)} is not listed under people`;
      say([key], 'unknown_user', message);
    }
  }
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    value: { now: now?.ok ? now.at : null, requester, people, contributors, approvals },
  };
}

/** A person of the facts, in the form that GitHub's people have. */
export function personOf({ people }: CheckFacts, login: string): Person | null {
  const person = own(people, login.toLowerCase());
  return person ? { id: person.id, login: person.login, type: 'User' } : null;
}

/** The teams that people of the facts are in, with their members among the facts. */
export function teamsOfFacts({ people }: CheckFacts): Readonly<Record<string, Team>> {
  const slugs = [...new Set(Object.values(people).flatMap(({ teams }) => teams))].sort();
  const members = (slug: string): Person[] =>
    Object.values(people)
      .filter(({ teams }) => teams.includes(slug))
      .map(({ id, login }) => ({ id, login, type: 'User' }));
  return Object.fromEntries(
    slugs.map((slug, index) => [slug, { slug, id: index + 1, members: members(slug), below: [] }]),
  );
}

/** The facts about a pull request that somebody is about to open, as far as GitHub says them. */
export function factsOf(
  requester: Who,
  { teams, accounts }: Pick<Snapshot, 'teams' | 'accounts'>,
): CheckFacts {
  const people: Record<string, FactsPerson> = {};
  const add = ({ id, login }: Who, more: Partial<Pick<FactsPerson, 'member' | 'teams'>>) => {
    const key = login.toLowerCase();
    const known = own(people, key) ?? { id, login, member: false, teams: [] };
    const both = [...known.teams, ...(more.teams ?? [])];
    people[key] = { ...known, member: more.member ?? known.member, teams: both };
  };
  add(requester, {});
  for (const account of Object.values(accounts))
    if (account) add(account, { member: account.member });
  for (const [slug, team] of Object.entries(teams))
    for (const member of team?.members ?? []) add(member, { teams: [slug] });
  return { now: null, requester: requester.login, people, contributors: [], approvals: [] };
}
