/** Starts are judged once more, which asks GitHub: they are taken apart from grants whose access exists. */
export const starts = `
ALTER TABLE daypass.work ADD COLUMN starts boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN daypass.work.starts IS 'Of a grant: it has landed, and its intent is not written yet.';
UPDATE daypass.work w SET starts = true FROM daypass.grants g
WHERE w.topic = 'grant:' || g.id AND g.state = 'scheduled';
DROP INDEX daypass.work_due_grants;
CREATE INDEX work_due_grants ON daypass.work (due_at) WHERE topic LIKE 'grant:%' AND NOT starts;
CREATE INDEX work_due_starts ON daypass.work (due_at) WHERE starts;
`;
