/** The last step is found however many entries of grants came after it: each append asks for it. */
export const lastStep = `
CREATE INDEX entries_last_step ON daypass.entries (seq)
  WHERE kind IN ('ledger.started', 'step.landed');
`;
