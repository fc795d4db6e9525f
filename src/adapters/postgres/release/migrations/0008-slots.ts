/** What is on a slot is asked for at each end, by whatever target it was given (invariant 15). */
export const slots = `
DROP INDEX daypass.grants_slot;
CREATE INDEX grants_slot ON daypass.grants (provider, object, identity)
  WHERE state IN ('activating', 'active');
`;
