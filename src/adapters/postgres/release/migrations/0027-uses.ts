/**
 * Decided uses: added by decision processes, gathered into batches by workers, which chain the digest of each batch into
 * the ledger. `lost` are uses that found no room before a row was written.
 */
export const uses = `
CREATE TABLE daypass.uses (
  seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at          timestamptz NOT NULL,
  subject_id  bigint,
  allowed     boolean NOT NULL,
  body        text NOT NULL CHECK (length(body) <= 8000),
  stored_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  batch       bigint,
  recorded    boolean NOT NULL DEFAULT false
);
COMMENT ON COLUMN daypass.uses.body IS 'Canonical JSON (RFC 8785): the bytes whose digest is in the ledger.';
CREATE INDEX uses_subject ON daypass.uses (subject_id, at) WHERE subject_id IS NOT NULL;
CREATE INDEX uses_denied ON daypass.uses (at) WHERE NOT allowed;
CREATE INDEX uses_at ON daypass.uses (at);
CREATE INDEX uses_batch ON daypass.uses (batch, seq) WHERE batch IS NOT NULL;
CREATE INDEX uses_open ON daypass.uses (seq) WHERE NOT recorded;
CREATE SEQUENCE daypass.use_batches;
CREATE INDEX entries_uses ON daypass.entries ((body::json ->> 'batch'), seq) WHERE kind = 'uses.recorded';
`;
