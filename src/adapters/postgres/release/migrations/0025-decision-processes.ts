/** The processes that decide uses, each with a row of its own: an end waits until all have confirmed it (invariant 14). */
export const decisionProcesses = `
CREATE TABLE IF NOT EXISTS daypass.decision_processes (
  name        text PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 200),
  version     bigint NOT NULL DEFAULT 0 CHECK (version >= 0),
  seen_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  stale_after interval NOT NULL CHECK (stale_after BETWEEN interval '1 second' AND interval '1 day')
);
COMMENT ON COLUMN daypass.decision_processes.version IS
  'Every change of a grant up to this entry is applied, and nothing made from an older one can still allow.';
COMMENT ON COLUMN daypass.decision_processes.stale_after IS
  'After so much silence it denies everything, and so does all that it has handed out.';
`;
