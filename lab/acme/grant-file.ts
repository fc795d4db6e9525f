import { stringify } from 'yaml';

/** A grant file for production that the starter accepts with two approvals; `change` replaces keys. */
export function grantFile(change: Readonly<Record<string, unknown>> = {}): string {
  const grant: Record<string, unknown> = {
    subject: 'alice',
    resource: 'orders-db',
    role: 'read-only',
    duration: '4h',
    reason: 'Slow order queries since the 14:10 deploy',
    ticket: 'INC-4821',
    ...change,
  };
  return stringify(Object.fromEntries(Object.entries(grant).filter(([, value]) => value !== null)));
}
