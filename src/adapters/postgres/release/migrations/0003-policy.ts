/** Policy that comes into force after first start is found by what the state is read from. */
export const policy = `
CREATE INDEX entries_policy ON daypass.entries (seq)
  WHERE kind IN ('ledger.started', 'policy.in_force');
`;
