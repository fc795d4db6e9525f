import { own } from '../reading/problem.js';
import type { Reason } from '../reading/reason.js';
import type { Settings, WithoutReview } from './catalog.js';

/** The limits of an environment whose settings have none. */
export const WITHOUT_REVIEW: WithoutReview = { per_person: 10, in_sum: 100 };

/** A grant that nobody had to review, as the limits count it. */
export interface Unreviewed {
  readonly environment: string;
  readonly subject_id: number;
}

/** The limits of an environment. */
export function limitsOf(
  { environments }: Pick<Settings, 'environments'>,
  environment: string,
): WithoutReview {
  return own(environments, environment)?.without_review ?? WITHOUT_REVIEW;
}

/**
 * Why one more grant without review is too many beside those that are there; null if there is room. Grants of other
 * environments do not count.
 */
export function oneTooMany(
  there: readonly Unreviewed[],
  { environment, subject_id }: Unreviewed,
  { per_person, in_sum }: WithoutReview,
): Reason | null {
  const all = there.filter((other) => other.environment === environment);
  const theirs = all.filter((other) => other.subject_id === subject_id);
  const [count, most, whose] =
    theirs.length >= per_person
      ? [theirs.length, per_person, 'for one person, who has']
      : [all.length, in_sum, 'in sum, and there are'];
  if (count < most) return null;
  const setting = `environments.${environment}.without_review`;
  const message = `of the grants in ${environment} that nobody reviewed, ${setting} allows ${most} ${whose} ${count}: wait until one has ended`;
  return { code: 'without_review_limit', message };
}
