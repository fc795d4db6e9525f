import type { Spoken } from '../decision/facts.js';
import { dueEnd, type GrantRecord } from '../grant/record.js';
import type { Reason } from '../reading/reason.js';
import { timeInWords } from '../report/words.js';
import { endedOrDue, grantName, type Weighed } from './weigh.js';

/** What the rules say of a use. They can only deny it or warn: `approve` names the grants that allow it. */
export interface UseAnswer {
  readonly deny: readonly Spoken[];
  readonly warn: readonly Spoken[];
  readonly approve: readonly (Spoken & {
    readonly grant: string;
    readonly ends_at: string | null;
  })[];
}

/** The answer to one use: a value that explains itself. */
export interface UseDecision {
  readonly allowed: boolean;
  /** Why, with the first reason first; at least one. */
  readonly reasons: readonly [Reason, ...Reason[]];
  readonly warnings: readonly Reason[];
  /** The grant that allows it, or that comes nearest; its id and when it ends. */
  readonly grant: string | null;
  readonly ends_at: string | null;
}

const near = (grant: GrantRecord | null) => ({
  grant: grant?.id ?? null,
  ends_at: grant && endedOrDue(grant),
});

/** The decision about a use of which no rule was asked. */
export function deniedUse({ denial }: Weighed & { kind: 'denied' }): UseDecision {
  const { code, message, grant } = denial;
  return { allowed: false, reasons: [{ code, message }], warnings: [], ...near(grant) };
}

/** The decision about a use that the rules could not be asked about (invariant 3). */
export function faultyUse({ grants }: Weighed & { kind: 'ask' }, why: string): UseDecision {
  const reason: Reason = { code: 'engine_fault', message: `The rules did not answer: ${why}.` };
  return { allowed: false, reasons: [reason], warnings: [], ...near(grants[0]) };
}

/**
 * The decision about a use after the rules have spoken: a denial denies, and nothing allows but a live grant that was
 * weighed, whatever the rules say (invariant 27).
 */
export function answeredUse(
  { grants, act }: Weighed & { kind: 'ask' },
  answer: UseAnswer,
): UseDecision {
  const [nearest] = grants;
  const warnings = answer.warn.map((said): Reason => ({ code: 'warned', ...said }));
  const [denied, ...others] = answer.deny.map((said): Reason => ({
    code: 'policy_denied',
    ...said,
  }));
  if (denied) return { allowed: false, reasons: [denied, ...others], warnings, ...near(nearest) };
  const grant = grants.find(({ id }) => answer.approve.some((one) => one.grant === id));
  if (!grant) {
    const message = 'The rules neither deny it nor name a grant that allows it.';
    return {
      ...{ allowed: false, reasons: [{ code: 'no_rule_spoke', message }] },
      ...{ warnings, ...near(nearest) },
    };
  }
  const until = timeInWords(dueEnd(grant) ?? '');
  const message = `The grant ${grantName(grant)} allows ${act.words} until ${until}.`;
  const reason: Reason = { code: 'allowed_by_grant', message };
  return {
    allowed: true,
    reasons: [reason],
    warnings,
    grant: grant.id,
    ends_at: endedOrDue(grant),
  };
}
