/** Who the approvers of an older policy are is found by what the state is read from. */
export const approvers = `
CREATE INDEX entries_approvers ON daypass.entries (seq) WHERE kind = 'policy.approvers';
`;
