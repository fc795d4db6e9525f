/** A record tells what its drift is; none was ever flagged before. Quotes in texts of people have a backslash before them. */
export const drift = `
UPDATE daypass.grants SET record = replace(record, '"drifted":false', '"drift":[]');
`;
