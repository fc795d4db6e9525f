import { canonical } from '../reading/canonical.js';
import type { RecordedDecision } from './decision.js';

/** Decisions of the first core have no version, no codes and no keys. */
const FIRST = 1;

/** The parts that two decisions are compared by: people by id, reasons without their words. */
type DecisionPart =
  | 'outcome'
  | 'denials'
  | 'warnings'
  | 'requirements'
  | 'not_counted'
  | 'approved_by_rules'
  | 'consent';

/**
 * How a decision that was made again differs from the recorded one; empty where it is the same. Within one version of
 * the core every byte counts (invariant 23). Across versions the outcome, rules and people count, codes and keys where
 * both versions have them, and words do not.
 */
export function differences(
  recorded: RecordedDecision,
  again: RecordedDecision,
): readonly (DecisionPart | 'bytes')[] {
  const [one, other] = [recorded.core ?? FIRST, again.core ?? FIRST];
  if (one === other) return canonical(recorded) === canonical(again) ? [] : ['bytes'];
  const coded = Math.min(one, other) > FIRST;
  const was = essence(recorded, coded);
  const is = essence(again, coded);
  const parts = Object.keys(was) as DecisionPart[];
  return parts.filter((part) => canonical(was[part]) !== canonical(is[part]));
}

function essence(
  decision: RecordedDecision,
  coded: boolean,
): Readonly<Record<DecisionPart, unknown>> {
  const { outcome, denials, warnings, requirements, not_counted, approved_by_rules } = decision;
  const { consent = null } = decision;
  const reasons = (all: typeof denials) =>
    sorted(
      all.map(({ code = null, key = null, rule = null }) => (coded ? [code, key, rule] : [rule])),
    );
  const ids = (people: readonly { readonly id: number }[]) => sorted(people.map(({ id }) => id));
  return {
    outcome,
    denials: reasons(denials),
    warnings: reasons(warnings),
    approved_by_rules: reasons(approved_by_rules),
    requirements: sorted(
      requirements.map(({ asked_by, teams, users, count, met_by, eligible }) => ({
        ...{ asked_by: reasons(asked_by), teams, users, count },
        ...{ met_by: ids(met_by), eligible: ids(eligible) },
      })),
    ),
    not_counted: sorted(
      not_counted.map(({ review, who, code = null }) => [
        review,
        who?.id ?? null,
        ...(coded ? [code] : []),
      ]),
    ),
    consent: consent && {
      ...{ of: consent.subject.id, teams: consent.teams, given_by: consent.given_by?.id ?? null },
      eligible: ids(consent.eligible),
    },
  };
}

/** The order of a set may depend on its words, so it does not count. */
function sorted(items: readonly unknown[]): readonly string[] {
  return items.map(canonical).sort();
}
