/**
 * What a decision process reads: the grants that allow something or did lately, the policy in force, and its compiled
 * rules. Of any other grant it sees only that it changed. Its role may read nothing else of the ledger.
 */
export const atUse = `
CREATE TABLE daypass.compiled_policies (
  tree     text NOT NULL CHECK (length(tree) <= 100),
  compiler text NOT NULL CHECK (length(compiler) <= 100),
  wasm     bytea NOT NULL,
  made_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tree, compiler)
);
COMMENT ON TABLE daypass.compiled_policies IS
  'The rules of policy trees that came into force, compiled by a worker. The entry that put the tree in force has the digest.';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON daypass.compiled_policies
  EXECUTE FUNCTION daypass.refuse_change();
ALTER TABLE daypass.compiled_policies ENABLE ALWAYS TRIGGER append_only;

CREATE VIEW daypass.grants_at_use WITH (security_barrier) AS
  SELECT id, version,
    CASE WHEN state IN ('scheduled', 'activating', 'active')
      OR ended_at > clock_timestamp() - interval '7 days' THEN record END AS record
  FROM daypass.grants;

CREATE VIEW daypass.policy_at_use WITH (security_barrier) AS
  SELECT e.seq, e.policy, t.files, t.executable, t.archived_at,
    (SELECT body::json #>> '{source,default_branch}' FROM daypass.entries
     WHERE kind = 'ledger.started' ORDER BY seq DESC LIMIT 1) AS default_branch
  FROM (SELECT seq, body::json ->> 'policy' AS policy FROM daypass.entries
        WHERE kind IN ('ledger.started', 'policy.in_force') ORDER BY seq DESC LIMIT 1) e
  LEFT JOIN daypass.policy_trees t ON t.id = e.policy::json ->> 'tree';
`;
