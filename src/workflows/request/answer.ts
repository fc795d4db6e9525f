import { addMilliseconds } from 'date-fns/addMilliseconds';
import { differenceInMilliseconds } from 'date-fns/differenceInMilliseconds';
import type { RecordedRequest } from '../../core/grant/requested.js';
import { endsOf, strayed, type SettledRequest } from '../../core/use/requests/access-request.js';
import { denialOf, outcomeOfGrant } from '../../core/use/requests/outcome.js';
import type { OpenRequest, ServedRequests } from '../../ports.js';
import { entriesByPage } from '../judge/pages.js';
import { recordRequest, type AnsweringWorld } from './record.js';

/** How long to wait before the pull request is looked at again: a tenth of the request's age, within these, ms. */
const LOOKS_MS = { least: 15_000, most: 600_000 } as const;

/**
 * Takes a request one step further, and returns when to look again; null when it is settled. What it has done it knows
 * from the ledger and from GitHub, so that it goes on after a crash between any two steps: an entry with the commit stands
 * before any branch has it (invariant 4), and a branch gets one pull request.
 */
export async function answerRequest(
  world: AnsweringWorld,
  served: ServedRequests,
  id: string,
): Promise<Date | null> {
  const { rows } = served;
  const asked = await rows.open(id);
  if (!asked) return null;
  const now = await world.clock.now();
  const settled =
    now >= endsOf(asked).waits_until
      ? { status: 'expired' as const, why: 'it waited too long for its grant' }
      : await further(world, served, asked);
  if (settled) {
    await rows.settle(id, settled, now);
    world.log.info({ request: id, ...settled }, 'a request for access is settled');
    return null;
  }
  const age = differenceInMilliseconds(now, new Date(asked.asked_at));
  return addMilliseconds(now, Math.min(Math.max(age / 10, LOOKS_MS.least), LOOKS_MS.most));
}

/** What became of it; null while it waits. */
async function further(
  world: AnsweringWorld,
  served: ServedRequests,
  asked: OpenRequest,
): Promise<SettledRequest | null> {
  const [before] = await served.rows.recorded(asked.id);
  const recorded = before ?? (await begun(world, served, asked));
  if ('status' in recorded) return recorded;
  if (asked.pull_request !== null) return followed(world, served, asked.pull_request, recorded);
  return opened(served, asked.id, recorded);
}

/** Records the commit of a request that follows from a logged denial; what cannot be asked for has failed. */
async function begun(
  world: AnsweringWorld,
  served: ServedRequests,
  asked: OpenRequest,
): Promise<RecordedRequest | SettledRequest> {
  const { draft } = asked;
  const use = await served.rows.denial(asked.evaluation);
  // A row says nothing that the log does not. Both are a decision process's own: it is not held to what it may ask here.
  const why =
    draft === null
      ? 'it cannot be read'
      : use === null
        ? 'the log has no such use'
        : strayed({ ...asked, draft }, use);
  if (why !== null || draft === null) return { status: 'failed', why: why ?? '' };
  return recordRequest(world, served, { ...asked, draft });
}

/** Makes the branch and opens its pull request, each unless it is there. */
async function opened(
  { rows, app }: ServedRequests,
  id: string,
  { branch, commit, title, body }: RecordedRequest,
): Promise<SettledRequest | null> {
  const known = await app.pullOf(branch);
  if (known) {
    await rows.opened(id, known);
    return null;
  }
  const at = await app.branch(branch, commit);
  if (at !== commit) return { status: 'failed', why: `somebody else has the branch ${branch}` };
  const { default_branch: base } = await app.view();
  await rows.opened(id, await app.open({ branch, base, title, body }));
  return null;
}

/** What the ledger says of its grant, or else GitHub of its pull request. */
async function followed(
  { ledger }: AnsweringWorld,
  { app }: ServedRequests,
  pull_request: number,
  { path, commit }: RecordedRequest,
): Promise<SettledRequest | null> {
  const [grant] = await ledger.grants({ pull_request, path });
  if (grant) return outcomeOfGrant(grant);
  const { state } = await app.look(pull_request);
  if (state === 'closed') return { status: 'denied', why: 'its pull request was closed' };
  if (state === 'merged') return null;
  const entries = [];
  for await (const entry of entriesByPage(ledger, { pull_request })) entries.push(entry);
  return denialOf(
    entries.filter((entry) => entry.kind === 'decision.made' && entry.body.head === commit),
  );
}
