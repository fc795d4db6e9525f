/** What is due of grants is found without walking past all that is due beside them, and the other way round. */
export const lanes = `
DROP INDEX daypass.work_due;
CREATE INDEX work_due_grants ON daypass.work (due_at) WHERE topic LIKE 'grant:%';
CREATE INDEX work_due_others ON daypass.work (due_at) WHERE topic NOT LIKE 'grant:%';
`;
