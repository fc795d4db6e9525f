import type pg from 'pg';
import type { IdentityUse } from '../../../core/change/change.js';
import type { ChainHead } from '../../../core/ledger/chain.js';
import type { Bodies, PolicyDigests } from '../../../core/ledger/events.js';
import type { ApproverIds } from '../../../core/policy/approvers.js';
import type { KnownCase } from '../../../core/decision/known-case.js';
import type { SeenReview } from '../../../core/decision/seen-review.js';
import type { Ledger, LedgerState, PolicyTree } from '../../../ports.js';
import { LAST_STEP, NO_HEAD, write } from './append.js';
import type { Append, AppendResult } from './batch.js';
import {
  changedSince,
  countGrants,
  grantQuery,
  grantsById,
  grantsOnSlots,
  ofLogin,
  scheduledFor,
  targetsInUse,
  type SlotOf,
} from './grants.js';
import { createGroup, createSharedRead } from '../../../clients/group.js';
import { readDecisionProcesses } from './decision-processes.js';
import { begunAt, entriesOf, landedAs } from './entries.js';
import { treeOfRow, recordOf } from './rows.js';
import { keepListed, readShown, writeShown } from './shown.js';

/**
 * At most this many appends share one transaction: the chain's head is locked while they are written, a tenth of a
 * second.
 */
const AT_ONCE = 256;

/**
 * The ledger in PostgreSQL. Appends that come while another is written share the next transaction.
 *
 * An append either throws and wrote nothing, or returns what it wrote, even if the connection broke during the commit.
 * Only if the database stays unreachable is the outcome unknown, and the error says so. Then read before trying again:
 * `expect` turns a second try of something already written into a `Conflict`.
 */
export function createLedger(pool: pg.Pool): Ledger {
  /** An archived tree never changes, and each end reads the one in force. */
  let newest: PolicyTree | null = null;
  const append = createGroup<Append, AppendResult>((appends) => write(pool, appends), {
    most: AT_ONCE,
  });
  const grant = createGroup((ids: readonly string[]) => grantsById(pool, ids));
  const onSlot = createGroup((slots: readonly SlotOf[]) => grantsOnSlots(pool, slots));
  return {
    state: createSharedRead(() => state(pool)),

    append: async (now, entries, { expect = {}, archive = null, want = [] } = {}) => {
      const outcome = await append({ now, entries, expect, archive, want });
      if ('refused' in outcome) throw outcome.refused;
      return outcome.entries;
    },

    grant,
    onSlot,
    changedSince: (version) => changedSince(pool, version),
    scheduledFor: createGroup((subjects: readonly number[]) => scheduledFor(pool, subjects)),

    grants: async (filter) => {
      const { text, values } = grantQuery(filter);
      const { rows } = await pool.query<{ record: string }>(text, values);
      return ofLogin(rows.map(recordOf), filter.login);
    },

    counts: (now) => countGrants(pool, now),
    decisionProcesses: createSharedRead(() => readDecisionProcesses(pool)),
    targetsInUse: () => targetsInUse(pool),

    reviewsSeen: async (pull_request) => {
      const { rows } = await pool.query<{ body: string }>(
        `SELECT body FROM daypass.entries
         WHERE pull_request = $1 AND kind = 'review.seen' ORDER BY seq`,
        [pull_request],
      );
      return rows.map(({ body }) => JSON.parse(body) as SeenReview);
    },

    entries: (filter) => entriesOf(pool, filter),
    begunAt: (at) => begunAt(pool, at),
    landedAs: (path) => landedAs(pool, path),

    lastDecision: async (pull_request, digest) => {
      const { rows } = await pool.query<{ body: string }>(
        `SELECT body FROM daypass.entries
         WHERE pull_request = $1 AND kind IN ('decision.made', 'policy.judged')
           AND body::json ->> 'digest' = $2
         ORDER BY seq DESC LIMIT 1`,
        [pull_request, digest],
      );
      return rows[0] ?? null;
    },

    pending: async ({ pulls, subject }) => {
      if (pulls.length === 0) return [];
      const { rows } = await pool.query<{ pull_request: number; body: string }>(PENDING, [
        pulls.map(({ number }) => number),
        pulls.map(({ head_sha }) => head_sha),
        String(subject),
      ]);
      return rows.map(({ pull_request, body }) => ({
        pull_request,
        body: JSON.parse(body) as Bodies['decision.made'],
      }));
    },

    knownCases: async (limit) => {
      const { rows } = await pool.query<{ pull_request: number; path: string; input: string }>(
        KNOWN_CASES,
        [limit * READ_FOR_ONE, limit],
      );
      return rows.map(({ pull_request, path, input }) => ({
        pull_request,
        path,
        input: JSON.parse(input) as KnownCase['input'],
      }));
    },

    policyTree: async (id) => {
      if (newest?.id === id) return newest;
      const { rows } = await pool.query<{ files: string; executable: string | null }>(
        'SELECT files, executable FROM daypass.policy_trees WHERE id = $1',
        [id],
      );
      if (!rows[0]) return null;
      newest = treeOfRow(id, rows[0]);
      return newest;
    },

    identities: async () => {
      const { rows } = await pool.query<IdentityUse>(
        `SELECT DISTINCT ON (provider, identity) provider, identity, subject_id
         FROM daypass.grants WHERE starts_at IS NOT NULL AND identity IS NOT NULL
         ORDER BY provider, identity, landed_at, id`,
      );
      return rows;
    },

    stepOf: async (pull_request) => {
      const { rows } = await pool.query<{ body: string }>(
        `SELECT body FROM daypass.entries
         WHERE pull_request = $1 AND kind = 'step.landed' ORDER BY seq LIMIT 1`,
        [pull_request],
      );
      return rows[0] ? (JSON.parse(rows[0].body) as Bodies['step.landed']) : null;
    },

    shown: (pull_request) => readShown(pool, pull_request),
    show: (pull_request, news) => writeShown(pool, pull_request, news),
    keepListed: (open) => keepListed(pool, open),
  };
}

async function state(pool: pg.Pool): Promise<LedgerState> {
  const { rows } = await pool.query<StateRow>(STATE);
  const [row] = rows;
  if (!row) throw new Error(NO_HEAD);
  const { seq, hash, last_step, stopped } = row;
  const started =
    row.started === null ? null : (JSON.parse(row.started) as Bodies['ledger.started']);
  return {
    started: started && { source: started.source },
    last_step,
    policy: row.policy === null ? null : (JSON.parse(row.policy) as PolicyDigests),
    approvers: row.approvers === null ? null : (JSON.parse(row.approvers) as ApproverIds),
    stopped: stopped === null ? null : (JSON.parse(stopped) as Bodies['source.differs']),
    head: { seq, hash },
  };
}

interface StateRow extends ChainHead {
  readonly last_step: string | null;
  readonly started: string | null;
  readonly policy: string | null;
  readonly approvers: string | null;
  readonly stopped: string | null;
}

/** One statement, so that everything is from one moment. */
const STATE = `
WITH started AS (
  SELECT seq, body FROM daypass.entries WHERE kind = 'ledger.started' ORDER BY seq DESC LIMIT 1),
stopped AS (
  SELECT seq, body FROM daypass.entries WHERE kind = 'source.differs' ORDER BY seq DESC LIMIT 1),
policy AS (
  SELECT seq, body::json AS body FROM daypass.entries
  WHERE kind IN ('ledger.started', 'policy.in_force') ORDER BY seq DESC LIMIT 1),
approvers AS (
  SELECT seq, body::json AS body FROM daypass.entries WHERE kind = 'policy.approvers'
  ORDER BY seq DESC LIMIT 1)
SELECT head.seq, head.hash, (${LAST_STEP}) AS last_step, (SELECT body FROM started) AS started,
  (SELECT body ->> 'policy' FROM policy) AS policy,
  (SELECT COALESCE(policy.body ->> 'approvers', approvers.body ->> 'approvers')
   FROM policy LEFT JOIN approvers ON approvers.seq > policy.seq) AS approvers,
  (SELECT stopped.body FROM stopped LEFT JOIN started ON true
   WHERE stopped.seq > COALESCE(started.seq, 0)) AS stopped
FROM daypass.head`;

/** A change is decided several times: at each review, and at each of its moments. */
const READ_FOR_ONE = 10;

const KNOWN_CASES = `
WITH newest AS (
  SELECT seq, pull_request, body::json AS parsed FROM daypass.entries
  WHERE pull_request IS NOT NULL AND kind = 'decision.made' ORDER BY seq DESC LIMIT $1),
each AS (
  SELECT DISTINCT ON (pull_request, parsed ->> 'digest') seq, pull_request,
    parsed ->> 'path' AS path, parsed #> '{replay,input}' AS input
  FROM newest WHERE parsed #> '{replay,input}' IS NOT NULL
  ORDER BY pull_request, parsed ->> 'digest', seq DESC)
SELECT pull_request, path, input::text FROM each ORDER BY seq DESC LIMIT $2`;

/**
 * Decisions on another head than the open one no longer count. One file gives at most one grant: with the grant that
 * it extended over, it is decided as another change, and the decision before is no longer said.
 */
const PENDING = `
WITH made AS (
  SELECT e.pull_request, e.seq, e.body, e.body::json AS parsed
  FROM unnest($1::integer[], $2::text[]) AS pull (number, head)
  JOIN daypass.entries AS e ON e.pull_request = pull.number AND e.kind = 'decision.made'
    AND e.body::json ->> 'head' = pull.head
    AND e.body::json #>> '{replay,input,subject,id}' = $3
    AND e.body::json ->> 'moment' = 'pull_request')
SELECT DISTINCT ON (pull_request, parsed ->> 'path') pull_request, body
FROM made
WHERE parsed #>> '{replay,input,grant}' IS NOT NULL
ORDER BY pull_request, parsed ->> 'path', seq DESC`;
