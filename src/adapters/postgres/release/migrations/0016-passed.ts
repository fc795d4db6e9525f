/** The head for which a pull request's own check run was the last one written, and a success. */
export const passed = `ALTER TABLE daypass.shown ADD COLUMN passed text;`;
