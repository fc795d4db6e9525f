/**
 * What is due, and what is past its end, is found from the records of grants alone: a lost or changed row of work hides
 * no grant. Times in records are RFC 3339 in UTC with milliseconds, which sort as text.
 */
export const derived = `
CREATE OR REPLACE FUNCTION daypass.due_of(state text, record text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT COALESCE(
    record::json ->> 'retry_at',
    record::json #>> '{revoked_by,at}',
    CASE state
      WHEN 'scheduled' THEN GREATEST(
        (record::json #>> '{window_declared,starts_at}') COLLATE "C",
        COALESCE(record::json ->> 'merged_at', record::json ->> 'landed_at') COLLATE "C")
      WHEN 'activating' THEN record::json #>> '{window,starts_at}'
      ELSE record::json #>> '{window,ends_at}'
    END) COLLATE "C"
$$;
COMMENT ON FUNCTION daypass.due_of IS
  'Of a live grant: when something is due for it at the latest; the end that is announced before it aside.';
CREATE OR REPLACE FUNCTION daypass.ends_of(record text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT LEAST(record::json #>> '{revoked_by,at}', record::json #>> '{window,ends_at}') COLLATE "C"
$$;
COMMENT ON FUNCTION daypass.ends_of IS 'Of a grant that has begun: when its access should be gone.';
CREATE INDEX IF NOT EXISTS grants_due ON daypass.grants (daypass.due_of(state, record))
  WHERE state IN ('scheduled', 'activating', 'active');
CREATE INDEX IF NOT EXISTS grants_ends ON daypass.grants (daypass.ends_of(record))
  WHERE state IN ('activating', 'active');
CREATE INDEX IF NOT EXISTS grants_overdue ON daypass.grants (id) WHERE overdue;
`;
