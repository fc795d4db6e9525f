import { hostname, userInfo } from 'node:os';
import type { Given } from './command.js';

/** The option by which operators say who they are. */
export const AS_OPTION = [
  '--as <name>',
  'who you are; the default is the user and the host of this process',
] as const;

/** The most characters of a reason and of a name. */
const LONGEST = { because: 500, as: 100 } as const;

/**
 * Who runs a command, by their own account, and why; or what is wrong with what they say. It is recorded as a claim,
 * because nothing proves it.
 */
export function readClaim<Because extends string | undefined>(
  { because, as }: { readonly because: Because; readonly as: string | undefined },
  env: Given['env'],
): { readonly because: Because; readonly claimed_by: string } | { readonly why: string } {
  const reason = because?.trim() as Because;
  const claimed_by = (as ?? ownName(env)).trim();
  for (const [option, text, longest] of [
    ['--because', reason, LONGEST.because],
    ['--as', claimed_by, LONGEST.as],
  ] as const) {
    if (text === undefined) continue;
    if (text === '' || Array.from(text).length > longest || /\p{C}/u.test(text))
      return { why: `${option} must be one line of 1 to ${String(longest)} visible characters` };
  }
  return { because: reason, claimed_by };
}

/** The user that runs the command, before sudo if it did not hide that, and the host. */
function ownName({ SUDO_USER }: Given['env']): string {
  const user = SUDO_USER ?? accountName();
  return `${user}@${hostname()}`.slice(0, LONGEST.as);
}

/** In a container the user may have no name. */
function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${String(process.getuid?.() ?? 'unknown')}`;
  }
}
