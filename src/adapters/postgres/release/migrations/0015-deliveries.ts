/**
 * Web's role can add deliveries and nothing else, so that it could fill the ledger's disk with them. What is stored says
 * only "look", and workers look every minute in any case: while 10,000 wait to be sorted, no more are taken. The function
 * belongs to the owner, because web may not read what it counts. An index-only count ends at the limit.
 */
export const deliveries = `
CREATE FUNCTION daypass.cap_deliveries() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF (SELECT count(*) FROM (
    SELECT FROM daypass.deliveries WHERE handled_at IS NULL LIMIT 10000) waiting) >= 10000
  THEN
    RAISE EXCEPTION 'no more deliveries are stored while 10000 wait to be sorted'
      USING ERRCODE = 'configuration_limit_exceeded', HINT = 'See the log of the workers.';
  END IF;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION daypass.cap_deliveries() FROM PUBLIC;
CREATE TRIGGER cap BEFORE INSERT ON daypass.deliveries FOR EACH ROW
  WHEN (NEW.handled_at IS NULL) EXECUTE FUNCTION daypass.cap_deliveries();
`;
