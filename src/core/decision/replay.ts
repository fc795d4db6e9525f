import { canonical } from '../reading/canonical.js';
import type { Recorded } from '../reading/reason.js';
import type { Decision } from './decision.js';

/** Decisions of the first core have no version, no codes and no keys. */
const FIRST = 1;

/** What two decisions are compared by: the people in them by id, the reasons without their words. */
type Part =
  'outcome' | 'denials' | 'warnings' | 'requirements' | 'not_counted' | 'approved_by_rules';

/**
 * In what a decision that was made again differs from the one on record; nothing where it is the same. Within one
 * version of the core every byte counts (invariant 23). Across versions outcome, codes, rules, keys and people do, and
 * words do not: codes and keys only where both versions have them.
 */
export function differences(
  recorded: Recorded<Decision>,
  again: Recorded<Decision>,
): readonly (Part | 'bytes')[] {
  const [one, other] = [recorded.core ?? FIRST, again.core ?? FIRST];
  if (one === other) return canonical(recorded) === canonical(again) ? [] : ['bytes'];
  const coded = Math.min(one, other) > FIRST;
  const was = essence(recorded, coded);
  const is = essence(again, coded);
  const parts = Object.keys(was) as Part[];
  return parts.filter((part) => canonical(was[part]) !== canonical(is[part]));
}

function essence(decision: Recorded<Decision>, coded: boolean): Readonly<Record<Part, unknown>> {
  const { outcome, denials, warnings, requirements, not_counted, approved_by_rules } = decision;
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
  };
}

/** The order of a set may follow its words. */
function sorted(items: readonly unknown[]): readonly string[] {
  return items.map(canonical).sort();
}
