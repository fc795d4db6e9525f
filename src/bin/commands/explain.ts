/** What to do about the errors of connections and of PostgreSQL (its Appendix A) that an operator can mend. */
const REMEDIES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: is the server of DATABASE_URL running?',
  ENOTFOUND: 'no host has that name: look at the host in the URL',
  ETIMEDOUT: 'the server did not answer in time',
  '28P01': 'look at the password in DATABASE_URL',
  '28000': 'look at the role in DATABASE_URL',
  '3D000': 'look at the name of the database in DATABASE_URL',
  '3F000': 'there is no ledger yet: run `release` first',
  '42P01': 'there is no ledger of this version: run `release` first',
  '42501': 'DATABASE_URL must name the role of the worker, which `release` made',
};

/** An error in words, with what to do about it where that is known. Several at once are told by the first. */
export function explained(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  if ('errors' in error && Array.isArray(error.errors) && error.errors.length > 0) {
    return explained(error.errors[0]);
  }
  const code = 'code' in error ? String(error.code) : '';
  const message = 'message' in error && error.message !== '' ? String(error.message) : code;
  const remedy = Object.hasOwn(REMEDIES, code) ? REMEDIES[code] : undefined;
  return remedy === undefined ? message : `${message} (${remedy})`;
}
