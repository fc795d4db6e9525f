/** How far events out have come. Work, not record: a row that is lost begins at the ledger's head. */
export const eventsOut = `
CREATE TABLE daypass.events_out (
  one        boolean PRIMARY KEY DEFAULT true CHECK (one),
  seq        bigint NOT NULL CHECK (seq >= 0),
  failures   integer NOT NULL DEFAULT 0,
  retry_at   timestamptz,
  last_error text,
  paused     boolean NOT NULL DEFAULT false
);
COMMENT ON COLUMN daypass.events_out.seq IS 'The last entry that is done with.';
COMMENT ON COLUMN daypass.events_out.paused IS 'The receiver answered 410: until a worker starts.';
`;
