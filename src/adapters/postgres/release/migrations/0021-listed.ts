/**
 * Which pull requests were in the list of open ones when that was last read: no delivery makes a worker read anything of
 * another (invariant 25). And which of them touch neither folder, so that each is judged once.
 */
export const listed = `
ALTER TABLE daypass.shown
  ADD COLUMN listed boolean NOT NULL DEFAULT false,
  ADD COLUMN touches_nothing boolean NOT NULL DEFAULT false;
`;
