import type { Person } from './person.js';

/** For whom the requests App made a commit, recorded before any branch had it (invariant 4). */
export interface RequestedFor {
  /** The id of the request. */
  readonly request: string;
  readonly person: Person;
  /** The account that the requests App acts as. */
  readonly app: Person;
  readonly branch: string;
  readonly commit: string;
}

/** The bodies of entries about requests. */
export interface RequestBodies {
  /**
   * For whom the requests App made a commit that brings `path`, written before any branch has it. `evaluation` is the
   * denied use that `point` asked about; `digest` is that of the file.
   */
  'request.recorded': RequestedFor & {
    evaluation: string;
    point: string;
    parent: string;
    path: string;
    digest: string;
    title: string;
    body: string;
  };
}

/** What was recorded of a request. */
export type RecordedRequest = RequestBodies['request.recorded'];
