import type { Person } from '../core/grant/person.js';
import type { RecordedRequest, RequestedFor } from '../core/grant/requested.js';
import type {
  AskedAccess,
  RequestTask,
  SettledRequest,
} from '../core/use/requests/access-request.js';
import type { UseRow } from '../core/use/use-row.js';

/** What became of adding a request. */
export type AddedRequest =
  | { readonly kind: 'task'; readonly task: RequestTask }
  /** The key came with another request before. */
  | { readonly kind: 'other_request' }
  | { readonly kind: 'too_many'; readonly why: string };

/** Requests for access as a decision process reaches them: it adds them, and sees how far they are. */
export interface RequestBox {
  /** Whether a worker is there for them. */
  served(): Promise<boolean>;
  /** The logged denial of an evaluation of the last minutes, by its id; null where there is none. */
  denial(evaluation: string): Promise<UseRow | null>;
  /** Adds one, unless there is one of that evaluation, or too many are open of its person or its point. */
  add(asked: AskedAccess): Promise<AddedRequest>;
  /** Null where there is none of that id that this point added. */
  task(id: string, point: string): Promise<RequestTask | null>;
}

/** A request that waits; its draft is null where no decision process of this version wrote it. */
export type OpenRequest = Omit<AskedAccess, 'draft'> & {
  readonly draft: AskedAccess['draft'] | null;
  readonly pull_request: number | null;
};

/** The same as workers reach them. */
export interface AccessRequests {
  /** Says that a worker is there for them; decision processes offer them only for a while after that. */
  serve(): Promise<void>;
  /** The ids of requests that are open and that nothing is planned for, or whose grant has begun or never will. */
  unplanned(): Promise<readonly string[]>;
  /** Null where there is none, or it is settled. */
  open(id: string): Promise<OpenRequest | null>;
  /** The logged denied use of an evaluation; null where there is none any more. */
  denial(evaluation: string): Promise<UseRow | null>;
  /** What was recorded of a request before its branch, oldest first, by the entries alone. */
  recorded(id: string): Promise<readonly RecordedRequest[]>;
  /** What was recorded of a commit. */
  requestOf(commit: string): Promise<RequestedFor | null>;
  opened(id: string, pull: { readonly number: number; readonly url: string }): Promise<void>;
  settle(id: string, as: SettledRequest, now: Date): Promise<void>;
  /** Forgets what was settled before a moment. */
  forget(before: Date): Promise<void>;
}

/** A pull request of the requests App. */
export interface RequestPull {
  readonly number: number;
  readonly url: string;
  readonly state: 'open' | 'closed' | 'merged';
}

/** The access repository as the requests App reaches it. Each call does one thing, and does it once. */
export interface RequestsApp {
  /** Throws unless it has been able to sign in for the repository, within the last minutes. */
  reaches(): Promise<void>;
  /** Its account, and the repository at this moment. */
  view(): Promise<{
    readonly app: Person;
    readonly repository: string;
    readonly repository_id: number;
    readonly default_branch: string;
    readonly tip: string;
  }>;
  /** The paths below `access-grants/`. */
  grants(tip: string): Promise<readonly string[]>;
  branches(prefix: string): Promise<readonly string[]>;
  /** Makes a commit on top of another that adds a file. No branch has it yet. */
  commit(of: {
    readonly parent: string;
    readonly path: string;
    readonly content: string;
    readonly message: string;
  }): Promise<string>;
  /** Makes a branch at a commit; returns the commit that a branch of this name then has. */
  branch(name: string, commit: string): Promise<string>;
  /** The pull request of a branch, whatever became of it; null where there is none. */
  pullOf(branch: string): Promise<RequestPull | null>;
  open(of: {
    readonly branch: string;
    readonly base: string;
    readonly title: string;
    readonly body: string;
  }): Promise<RequestPull>;
  look(number: number): Promise<RequestPull>;
}
