import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LONGEST_SECONDS } from '../../../src/core/reading/duration.js';
import { extension } from '../../../src/core/grant/extension.js';
import {
  declareWindow,
  endOf,
  freeze,
  type DeclaredWindow,
} from '../../../src/core/grant/window.js';

const noon = new Date('2026-11-24T12:00:00.000Z');
const lasting = (seconds: number): DeclaredWindow => ({
  starts_at: null,
  duration_seconds: seconds,
  expires_at: null,
});
const until = (at: string): DeclaredWindow => ({
  starts_at: null,
  duration_seconds: null,
  expires_at: at,
});

describe('the one line that extends a grant', () => {
  test.each([
    ['an hour more', lasting(4 * 3600), 'duration: 5h'],
    ['days', lasting(86_400), 'duration: 1d1h'],
    ['as much again, where it is shorter', lasting(1800), 'duration: 1h'],
    ['an end', until('2026-11-24T21:00:00.000Z'), 'expires_at: 2026-11-24T22:00:00Z'],
    [
      'an end that is near',
      until('2026-11-24T12:20:00.500Z'),
      'expires_at: 2026-11-24T12:40:01.500Z',
    ],
  ])('%s', (_, window, line) => {
    expect(extension(window, freeze(window, noon))).toBe(line);
  });

  test('invariant 12: the line is read as a later end for the same start', () => {
    const length = fc.integer({ min: 1, max: LONGEST_SECONDS - 3600 });
    fc.assert(
      fc.property(length, fc.boolean(), (seconds, ends) => {
        const end = new Date(noon.getTime() + seconds * 1000).toISOString();
        const declared = ends ? until(end) : lasting(seconds);
        const [key = '', value] = extension(declared, freeze(declared, noon)).split(/: (.*)/);
        const read = declareWindow({ [key]: value });
        if (!read.ok) throw new Error(JSON.stringify(read.problems));
        expect(endOf(read.window, noon.toISOString()) > end).toBe(true);
      }),
    );
  });
});
