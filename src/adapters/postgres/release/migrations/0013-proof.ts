/**
 * What was is answered from the entries alone: who had access at a moment, and the grants of a path, are found without a
 * look at `daypass.grants`. Of an archived policy tree it is kept which files are executable, so that its id can be told.
 */
export const proof = `
CREATE INDEX entries_begun ON daypass.entries (at, grant_id) WHERE kind = 'grant.activating';
CREATE INDEX entries_over ON daypass.entries (grant_id, at, seq)
  WHERE kind IN ('grant.expired', 'grant.revoked', 'grant.lapsed');
CREATE INDEX entries_landed ON daypass.entries ((body::json #>> '{declared,path}'), seq)
  WHERE kind IN ('grant.approved', 'grant.quarantined');
ALTER TABLE daypass.policy_trees ADD COLUMN executable text;
COMMENT ON COLUMN daypass.policy_trees.executable IS
  'JSON: the executable files, which the id depends on; null where they were not kept.';
`;
