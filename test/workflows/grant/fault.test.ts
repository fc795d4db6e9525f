import { describe, expect, test } from '@jest/globals';
import {
  EngineFault,
  OverLimits,
  RateLimited,
  TargetFault,
  Unreadable,
} from '../../../src/ports.js';
import { failure, toldFault } from '../../../src/workflows/grant/fault.js';

describe('what the ledger says about a fault', () => {
  test.each<[Error | string, string, string]>([
    [new TargetFault('m', false, { away: true }), 'target_unreachable', 'm'],
    [new TargetFault('m', false, { retry_after_ms: 1 }), 'rate_limited', 'm'],
    [new TargetFault('m', false), 'target_failed', 'm'],
    [new TargetFault('m', true), 'target_refused', 'm'],
    [new TargetFault('m', true, { code: 'target_replaced' }), 'target_replaced', 'm'],
    [new EngineFault('m'), 'engine_fault', 'm'],
    [new RateLimited('m', 1), 'rate_limited', 'm'],
    [new Unreadable('m'), 'unreadable', 'm'],
    [new OverLimits('m'), 'unreadable', 'm'],
    [Object.assign(new Error('secret'), { status: 502 }), 'unreadable', 'GitHub answered 502'],
    [
      new TypeError('secret'),
      'internal_error',
      'an unexpected error in Daypass (TypeError); see its log',
    ],
    ['secret', 'internal_error', 'an unexpected error in Daypass (string); see its log'],
  ])('%s has the code %s', (error, code, message) => {
    const fault = toldFault(error);
    expect(failure(fault)).toEqual({
      error: message,
      reasons: [{ code, message }],
      lasting: fault.lasting,
    });
  });

  test('a long message is cut, in words and in the reason', () => {
    const { error, reasons } = failure(new TargetFault('x'.repeat(5_000), false));
    expect([error.length, reasons[0]?.message.length]).toEqual([1_000, 1_000]);
  });
});
