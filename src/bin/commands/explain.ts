/**
 * What to do about connection errors and PostgreSQL errors (its Appendix A) that an operator can fix. The URL is
 * AUDIT_DATABASE_URL or DATABASE_URL, whichever the command reads.
 */
const REMEDIES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing is listening there: is the server that the URL names running?',
  ENOTFOUND: 'no host has that name: check the host in the URL',
  ETIMEDOUT: 'the server did not answer in time',
  '28P01': 'check the password in the URL',
  '28000': 'check the role in the URL',
  '3D000': 'check the name of the database in the URL',
  '3F000': 'this database has no ledger yet: run the process `release` first',
  '42P01': 'this database has no ledger of this version: run the process `release` first',
  '42501':
    'the role in the URL must be one that `release` made, and `release` must have run for this version',
};

/** An error in words, with what to do about it if that is known. Of several errors, the first. */
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
