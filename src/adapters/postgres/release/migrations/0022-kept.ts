/** Each worker reads again and again which grants have changed, to know them when the ledger does not answer. */
export const kept = `
CREATE INDEX IF NOT EXISTS grants_version ON daypass.grants (version);
`;
