import type { GraphQLResolveInfo } from 'graphql';
import type { Commit } from '../git/read.js';
import type { GitHub } from '../github.js';
import type { Rate } from '../rate-limits.js';
import type { CheckRun, Identity, Org, PullRequest, Repo, Review, Team, User } from '../state.js';

/** An object of the schema: its fields by name, as values or as functions `(args, info) => value`, and its `__typename`. */
export type Fields = Readonly<Record<string, unknown>>;

/** A field that takes arguments. The schema has already checked them. */
export type Field<Args> = (args: Args, info: GraphQLResolveInfo) => unknown;

/** The caller, and how to show each thing of the stand-in as an object of the schema. */
export interface Graph {
  readonly github: GitHub;
  readonly identity: Identity;
  /** What is left of the caller's hour. */
  readonly rate: Rate;
  /** A person or bot where the schema says `Actor`. */
  actor(user: User): Fields;
  /** An account where the schema says `User`. */
  user(user: User): Fields;
  organization(org: Org): Fields;
  team(team: Team): Fields;
  repository(repo: Repo): Fields;
  pullRequest(pull: PullRequest): Fields;
  review(review: Review): Fields;
  commit(repo: Repo, commit: Commit): Fields;
  /** The commit, tree or blob that git finds for `name` (a sha, `main`, `main:folder`), or null. */
  object(repo: Repo, name: string): Promise<Fields | null>;
  /** A branch or tag by its full name, or null. */
  ref(repo: Repo, name: string): Promise<Fields | null>;
  checkRun(run: CheckRun): Fields;
}
