import type { Ledger } from './ports/ledger.js';
import type { Policy } from './ports/policy.js';
import type { PullRequests, Reports, Repository } from './ports/repository.js';
import type { AccessRequests, RequestsApp } from './ports/requests.js';
import type { Provider, Targets } from './ports/target.js';
import type { Clock, Leases, Work } from './ports/work.js';

export * from './ports/events-out.js';
export * from './ports/faults.js';
export * from './ports/ledger.js';
export * from './ports/person.js';
export * from './ports/policy.js';
export * from './ports/repository.js';
export * from './ports/requests.js';
export * from './ports/target.js';
export * from './ports/target-name.js';
export * from './ports/use.js';
export * from './ports/uses.js';
export * from './ports/work.js';

/** Everything that a workflow may reach. */
export interface World {
  readonly clock: Clock;
  readonly repository: Repository;
  readonly pullRequests: PullRequests;
  /**
   * The same two for the landing of steps, which may take access away: what they fetch waits for nothing that anybody
   * else fetches.
   */
  readonly landing: {
    readonly repository: Repository;
    readonly pullRequests: PullRequests;
  };
  readonly reports: Reports;
  readonly policy: Policy;
  readonly ledger: Ledger;
  readonly work: Work;
  readonly leases: Leases;
  readonly providers: Readonly<Record<string, Provider>>;
  readonly targets: Targets;
  /** Who this process is, in leases and in the rows of jobs that it runs. */
  readonly owner: string;
  /** How long a job stays with this process after it has died, ms; a slot, twice as long. */
  readonly hold_ms: number;
  readonly log: Log;
  /** What enforcement points ask for in the name of people; missing where nobody opens pull requests for them. */
  readonly requests?: ServedRequests;
}

/** How requests for access become pull requests. */
export interface ServedRequests {
  readonly rows: AccessRequests;
  readonly app: RequestsApp;
  /** The base of GitHub's pages. */
  readonly web: string;
}

/** Structured log lines; never a secret (invariant 24). */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
