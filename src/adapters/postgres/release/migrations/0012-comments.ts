/** What is to be judged is found without walking past the comments that a mass of ends leaves, and the other way round. */
export const comments = `
DROP INDEX daypass.work_due_others;
CREATE INDEX work_due_others ON daypass.work (due_at)
  WHERE topic NOT LIKE 'grant:%' AND topic NOT LIKE 'comment:%';
CREATE INDEX work_due_comments ON daypass.work (due_at) WHERE topic LIKE 'comment:%';
`;
