/**
 * Requests for access that enforcement points send: added by decision processes, which then see how far each is and may
 * change none, and answered by workers. `requests_served` has when a worker last was there for them.
 */
export const requests = `
ALTER TABLE daypass.uses ADD COLUMN evaluation text CHECK (length(evaluation) <= 100);
COMMENT ON COLUMN daypass.uses.evaluation IS 'Of a denied use that somebody may ask access for: its id, to be found by.';
CREATE INDEX uses_evaluation ON daypass.uses (evaluation) WHERE evaluation IS NOT NULL;

CREATE VIEW daypass.denials_at_use WITH (security_barrier) AS
  SELECT evaluation, body FROM daypass.uses
  WHERE evaluation IS NOT NULL AND NOT allowed
    AND stored_at > clock_timestamp() - interval '1 hour';

CREATE TABLE daypass.access_requests (
  id              text PRIMARY KEY CHECK (length(id) <= 100),
  evaluation      text NOT NULL UNIQUE CHECK (length(evaluation) <= 100),
  point           text NOT NULL CHECK (length(point) <= 100),
  subject_id      bigint NOT NULL,
  idempotency_key text CHECK (length(idempotency_key) <= 200),
  digest          text NOT NULL CHECK (length(digest) <= 100),
  body            text NOT NULL CHECK (length(body) <= 8000),
  asked_at        timestamptz NOT NULL,
  status          text NOT NULL DEFAULT 'pending'
                  CHECK (status IN ('pending', 'approved', 'denied', 'failed', 'expired')),
  why             text,
  review          text,
  pull_request    integer,
  approved_until  timestamptz,
  settled_at      timestamptz,
  UNIQUE (point, idempotency_key)
);
CREATE INDEX access_requests_open ON daypass.access_requests (subject_id, point) WHERE status = 'pending';
CREATE INDEX entries_requests ON daypass.entries ((body::json ->> 'commit')) WHERE kind = 'request.recorded';
CREATE INDEX entries_request_ids ON daypass.entries ((body::json ->> 'request'), seq) WHERE kind = 'request.recorded';

CREATE TABLE daypass.requests_served (
  one     boolean PRIMARY KEY DEFAULT true CHECK (one),
  seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

DROP INDEX daypass.work_due_others;
CREATE INDEX work_due_others ON daypass.work (due_at)
  WHERE topic NOT LIKE 'grant:%' AND topic NOT LIKE 'comment:%' AND topic NOT LIKE 'request:%';
CREATE INDEX work_due_requests ON daypass.work (due_at) WHERE topic LIKE 'request:%';
`;
