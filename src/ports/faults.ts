import type { Reason, ReasonCode } from '../core/reading/reason.js';

/** A commit, tree or object cannot be read. */
export class Unreadable extends Error {
  override readonly name: string = 'Unreadable';
}

/** It is larger than the limits, and reading it again gives the same result. */
export class OverLimits extends Unreadable {
  override readonly name = 'OverLimits';
}

/**
 * It did not arrive in time: it is too much, or the other side is slow. Nothing is decided on it, and it is retried.
 */
export class Late extends Error {
  override readonly name = 'Late';
}

/** The policy engine failed: a deadline, a trap, an answer of the wrong shape. Never an approval. */
export class EngineFault extends Error {
  override readonly name = 'EngineFault';
}

/** An append's expectation no longer holds; read again and decide again. */
export class Conflict extends Error {
  override readonly name = 'Conflict';
}

/** GitHub asks to wait: a primary or secondary rate limit. */
export class RateLimited extends Error {
  override readonly name = 'RateLimited';
  constructor(
    message: string,
    readonly retry_after_ms: number,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** A target did not do what was asked. `lasting` faults need a person; others are temporary. */
export class TargetFault extends Error {
  override readonly name = 'TargetFault';
  /** How long the target asks to wait, ms; 0 if it does not. */
  readonly retry_after_ms: number;
  /** No connection could be made at all, so asking again at once would fail as well. */
  readonly away: boolean;
  /** What went wrong, for the ledger; given where more is known than the other fields say. */
  readonly code: ReasonCode;
  constructor(
    message: string,
    readonly lasting: boolean,
    options?: { cause?: unknown; retry_after_ms?: number; away?: boolean; code?: ReasonCode },
  ) {
    super(message, options);
    this.away = options?.away ?? false;
    this.retry_after_ms = options?.retry_after_ms ?? 0;
    this.code = options?.code ?? this.#code();
  }

  #code(): ReasonCode {
    if (this.away) return 'target_unreachable';
    if (this.retry_after_ms > 0) return 'rate_limited';
    return this.lasting ? 'target_refused' : 'target_failed';
  }
}

/** Why a grant that nobody reviewed does not begin yet: it waits for others to end, and lapses if they do not in time. */
export const tooManyUnreviewed = ({ code, message }: Reason): TargetFault =>
  new TargetFault(message, false, { code });
