import { parseGrant } from '../../../src/core/grant/grant.js';

/** Grant files as text, and their problems as `<line> <message>`. */
export const PATH = 'access-grants/production/alice-orders.yml';
export const bytes = (text: string) => new TextEncoder().encode(text);
export const parse = (text: string, path = PATH, mode = '100644') =>
  parseGrant(path, { mode, content: bytes(text) });
export const problems = (...given: Parameters<typeof parse>) => {
  const parsed = parse(...given);
  return parsed.ok ? [] : parsed.problems.map(({ line, message }) => `${line ?? '-'} ${message}`);
};

const GOOD = {
  subject: 'alice',
  resource: 'orders-db',
  role: 'read-only',
  duration: '4h',
  reason: 'Slow order queries',
};
export const file = (changes: Readonly<Record<string, string | null>> = {}): string =>
  Object.entries<string | null>({ ...GOOD, ...changes })
    .filter(([, value]) => value !== null)
    .map(([key, value]) => `${key}: ${value ?? ''}\n`)
    .join('');
