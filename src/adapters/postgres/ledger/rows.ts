import { canonical } from '../../../core/reading/canonical.js';
import type { Entry } from '../../../core/ledger/events.js';
import type { PolicyTree } from '../../../core/policy/tree.js';
import type { GrantRecord } from '../../../core/grant/record.js';

/** A row of `entries` as the pool's parsers give it. */
export interface EntryRow {
  readonly seq: number;
  readonly at: string;
  readonly kind: string;
  readonly grant_id: string | null;
  readonly pull_request: number | null;
  readonly review: number | null;
  readonly body: string;
  readonly previous: string;
  readonly hash: string;
}

export const ENTRY_COLUMNS = 'seq, at, kind, grant_id, pull_request, review, body, previous, hash';

/** The row of an entry. Its body is canonical JSON: the text that its hash is over. */
export function entryRow(entry: Entry): EntryRow {
  const { seq, at, kind, grant, pull_request, body, previous, hash } = entry;
  const review = entry.kind === 'review.seen' ? entry.body.review : null;
  return {
    seq,
    at,
    kind,
    grant_id: grant,
    pull_request,
    review,
    body: canonical(body),
    previous,
    hash,
  };
}

/** The entry in a row. Its kind and body are what `append` wrote; `verifyChain` checks that. */
export function entryOf(row: EntryRow): Entry {
  const { seq, at, kind, grant_id, pull_request, body, previous, hash } = row;
  const parsed: unknown = JSON.parse(body);
  return { seq, at, kind, grant: grant_id, pull_request, body: parsed, previous, hash } as Entry;
}

/** A row of `grants`: the record, and the columns that queries use. */
export function grantRow(record: GrantRecord) {
  const { id, state, pull_request, quarantined, overdue, drift, landed_at, ended_at, version } =
    record;
  return {
    id,
    path: record.declared.path,
    state,
    pull_request,
    quarantined,
    overdue,
    drifted: drift.length > 0,
    subject_id: record.subject.id,
    provider: record.entitled?.slot.provider ?? null,
    target: record.entitled?.slot.target ?? null,
    object: record.entitled?.slot.object ?? null,
    identity: record.entitled?.slot.identity ?? null,
    landed_at,
    starts_at: record.window?.starts_at ?? null,
    ends_at: record.window?.ends_at ?? null,
    ended_at,
    version,
    record: JSON.stringify(record),
  };
}

/** Defaults for fields that older records lack. */
const SINCE: Pick<
  GrantRecord,
  'pin' | 'merged_at' | 'ending_soon_seconds' | 'told_end' | 'rights' | 'left' | 'end_held'
> = {
  pin: null,
  merged_at: null,
  ending_soon_seconds: null,
  told_end: null,
  rights: null,
  left: [],
  end_held: null,
};

/** The record in a row of `grants`, written by any version. */
export const recordOf = (row: { readonly record: string }): GrantRecord => ({
  ...SINCE,
  ...(JSON.parse(row.record) as GrantRecord),
});

/** The columns `files` and `executable` of an archived policy tree. */
export const archivedText = ({ files, executable }: PolicyTree): [string, string | null] => [
  JSON.stringify(files),
  executable === undefined ? null : JSON.stringify(executable),
];

/** An archived policy tree from its row; `filesDiffer` says whether its files are still those of its id. */
export function treeOfRow(
  id: string,
  row: { readonly files: string; readonly executable: string | null },
): PolicyTree {
  const files = JSON.parse(row.files) as PolicyTree['files'];
  return row.executable === null
    ? { id, files }
    : { id, files, executable: JSON.parse(row.executable) as readonly string[] };
}
