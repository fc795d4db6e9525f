import { expect } from '@jest/globals';
import type { Name } from '../../../lab/acme/acme.js';
import type { Asked, Stage } from './stage.js';

/** The entries of a grant that is active. */
export const ACTIVATED = ['grant.approved', 'grant.activating', 'grant.activated'] as const;

/** After recovery, access was given once, is recorded and announced, and ends at its time. */
export async function givenOnce(stage: Stage, who: Name, { path, pull }: Asked): Promise<void> {
  const { acme } = stage;
  await acme.grant(path, 'active');
  expect(await stage.told(path)).toEqual(ACTIVATED);
  expect(await stage.readers()).toEqual([who]);
  expect(await stage.entries('step.landed', pull)).toBe(1);
  expect(await stage.comments(pull, /\*\*active/)).toHaveLength(1);
  await acme.advance('PT1H');
  await acme.grant(path, 'expired');
  expect(await stage.told(path)).toEqual([...ACTIVATED, 'grant.expired']);
  expect(await stage.readers()).toEqual([]);
}
