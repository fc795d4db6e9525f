import { canonical } from '../../core/reading/canonical.js';
import type { NewEntry } from '../../core/ledger/events.js';
import type { Ledger } from '../../ports.js';
import type { Judged } from './changes.js';

/** Records what is new: reviews first seen, and decisions that differ from the last ones written. */
export async function recordDecisions(
  { ledger }: { readonly ledger: Pick<Ledger, 'append' | 'lastDecision'> },
  number: number,
  judged: Pick<Judged, 'reviews' | 'decisions'>,
  now: Date,
): Promise<void> {
  const news: NewEntry[] = [...judged.reviews];
  for (const entry of judged.decisions) {
    if (entry.kind !== 'decision.made' && entry.kind !== 'policy.judged') continue;
    const last = await ledger.lastDecision(number, entry.body.digest);
    if (last === null || differs(entry, last.body)) news.push(entry);
  }
  if (news.length > 0) await ledger.append(now, news);
}

type DecisionEntry = Extract<NewEntry, { kind: 'decision.made' | 'policy.judged' }>;

/** The facts of a decision may change without changing it; the policy that made it may not. */
function differs(entry: DecisionEntry, last: string): boolean {
  const said = (body: DecisionEntry['body']) =>
    'replay' in body
      ? canonical({
          ...body,
          replay: body.replay && { policy: body.replay.policy },
          ...{ unanswered: null, grounds: null },
        })
      : canonical({
          ...{ ...body, reviews: null, members: null, known: null },
          // Approvals are for those who were shown last.
          grounds: body.grounds?.new_approvers ?? null,
        });
  return said(entry.body) !== said(JSON.parse(last) as DecisionEntry['body']);
}
