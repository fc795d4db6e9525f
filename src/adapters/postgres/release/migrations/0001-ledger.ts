/** The record: entries, the chain's head, policy trees, and the grants that the entries fold into. */
export const ledger = `
CREATE TABLE daypass.entries (
  seq          bigint PRIMARY KEY CHECK (seq > 0),
  at           timestamptz NOT NULL,
  kind         text NOT NULL,
  grant_id     text,
  pull_request integer,
  review       bigint,
  body         text NOT NULL,
  previous     text NOT NULL CHECK (length(previous) = 64),
  hash         text NOT NULL UNIQUE CHECK (length(hash) = 64)
);
COMMENT ON COLUMN daypass.entries.body IS 'Canonical JSON (RFC 8785): the bytes that were hashed.';
COMMENT ON COLUMN daypass.entries.review IS 'Of review.seen: what was first seen of a review is never overwritten.';
CREATE UNIQUE INDEX entries_review ON daypass.entries (review) WHERE review IS NOT NULL;
CREATE INDEX entries_grant ON daypass.entries (grant_id, seq) WHERE grant_id IS NOT NULL;
CREATE INDEX entries_pull_request ON daypass.entries (pull_request, kind, seq)
  WHERE pull_request IS NOT NULL;
CREATE INDEX entries_state ON daypass.entries (kind, seq)
  WHERE kind IN ('ledger.started', 'step.landed', 'source.differs');

CREATE TABLE daypass.head (
  one  boolean PRIMARY KEY DEFAULT true CHECK (one),
  seq  bigint NOT NULL,
  hash text NOT NULL
);
INSERT INTO daypass.head (seq, hash) VALUES (0, repeat('0', 64));

CREATE TABLE daypass.policy_trees (
  id          text PRIMARY KEY CHECK (length(id) <= 100),
  files       text NOT NULL,
  archived_at timestamptz NOT NULL
);

CREATE FUNCTION daypass.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of daypass.% is refused: it is only ever added to', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON daypass.entries
  EXECUTE FUNCTION daypass.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON daypass.policy_trees
  EXECUTE FUNCTION daypass.refuse_change();
-- For replication roles, too, which skip ordinary triggers.
ALTER TABLE daypass.entries ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE daypass.policy_trees ENABLE ALWAYS TRIGGER append_only;

CREATE TABLE daypass.grants (
  id          text PRIMARY KEY,
  path        text NOT NULL,
  state       text NOT NULL,
  pull_request integer,
  quarantined boolean NOT NULL,
  overdue     boolean NOT NULL,
  drifted     boolean NOT NULL,
  subject_id  bigint NOT NULL,
  provider    text,
  target      text,
  object      text,
  identity    text,
  landed_at   timestamptz NOT NULL,
  starts_at   timestamptz,
  ends_at     timestamptz,
  ended_at    timestamptz,
  version     bigint NOT NULL,
  record      text NOT NULL
);
COMMENT ON TABLE daypass.grants IS 'The fold of the entries, and of nothing else.';
CREATE INDEX grants_path ON daypass.grants (path);
CREATE INDEX grants_pull_request ON daypass.grants (pull_request);
CREATE INDEX grants_subject ON daypass.grants (subject_id, landed_at);
CREATE INDEX grants_slot ON daypass.grants (provider, target, object, identity);
CREATE INDEX grants_live ON daypass.grants (state)
  WHERE state IN ('scheduled', 'activating', 'active');
CREATE INDEX grants_ended ON daypass.grants (ended_at, starts_at);
`;
