/**
 * Work: what was delivered, what is wanted and when, who holds a slot, what GitHub was last shown.
 * All of it may be lost without losing a decision or an end.
 */
export const work = `
CREATE TABLE daypass.deliveries (
  delivery_id     text PRIMARY KEY CHECK (length(delivery_id) BETWEEN 1 AND 100),
  event           text NOT NULL CHECK (length(event) BETWEEN 1 AND 100),
  action          text CHECK (length(action) <= 100),
  installation_id bigint,
  repository_id   bigint,
  pull_request    bigint CHECK (pull_request > 0),
  ref             text CHECK (length(ref) <= 500),
  received_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  handled_at      timestamptz
);
CREATE INDEX deliveries_new ON daypass.deliveries (received_at) WHERE handled_at IS NULL;

CREATE TABLE daypass.work (
  topic       text PRIMARY KEY,
  wanted_at   timestamptz,
  again_at    timestamptz,
  planned_at  timestamptz,
  due_at      timestamptz GENERATED ALWAYS AS (LEAST(wanted_at, planned_at)) STORED,
  version     bigint NOT NULL DEFAULT 1,
  attempts    integer NOT NULL DEFAULT 0,
  last_error  text,
  taken_by    text,
  taken_at    timestamptz,
  taken_until timestamptz
);
COMMENT ON COLUMN daypass.work.again_at IS 'Wanted while it was taken: due when that is done.';
COMMENT ON COLUMN daypass.work.planned_at IS 'Of a grant: when its record says that it is due next.';
COMMENT ON COLUMN daypass.work.taken_at IS 'The moment that it was taken at, by the clock of decisions.';
COMMENT ON COLUMN daypass.work.taken_until IS 'The end of the hold, by the clock of the database.';
CREATE INDEX work_due ON daypass.work (due_at);

CREATE TABLE daypass.leases (
  slot     text PRIMARY KEY,
  owner    text NOT NULL,
  epoch    bigint NOT NULL,
  deadline timestamptz NOT NULL
);

CREATE TABLE daypass.shown (
  pull_request integer PRIMARY KEY,
  "check"      text,
  seen         text,
  requested    text,
  comment_id   bigint,
  comment      text
);
`;
