/** One call that somebody made (those to `/_stand-in/` are not counted). */
export interface CallRecord {
  /** RFC 3339, by the stand-in's clock. */
  readonly at: string;
  readonly method: string;
  /**
   * The route's template, spelt like in GitHub's description (`/repos/{owner}/{repo}/pulls`), or `GIT upload-pack`, or
   * the path.
   */
  readonly route: string;
  /** null: the connection was dropped without an answer. */
  readonly status: number | null;
  /** Whether it asked for a change: GraphQL's mutations do, its queries and reads by git do not. */
  readonly writes: boolean;
  /** The app whose token or JWT was used. */
  readonly app_id: number | null;
}

/** A token lasts an hour, and an app asks once which installation it is for: neither belongs to one grant. */
const ONCE = /access_tokens$|^\/orgs\/\{org\}\/installation$/;
export const isForAGrant = ({ route }: Pick<CallRecord, 'route'>): boolean => !ONCE.test(route);

export interface Calls {
  record(call: CallRecord): void;
  list(): readonly CallRecord[];
  clear(): void;
  /** Calls that no route answers; `clear` keeps them. */
  unknown(): readonly CallRecord[];
  recordUnknown(call: CallRecord): void;
}

export function keepCalls(): Calls {
  let calls: CallRecord[] = [];
  const unknown: CallRecord[] = [];
  return {
    record: (call) => void calls.push(call),
    list: () => calls,
    clear: () => void (calls = []),
    unknown: () => unknown,
    recordUnknown: (call) => void unknown.push(call),
  };
}
