import { devNull } from 'node:os';
import type { OsAccount } from '../../../clients/account.js';
import { pathOnly, runProcess } from '../../../clients/process.js';

/** What one run of git may take: milliseconds, and bytes of output. */
export interface GitBounds {
  readonly deadline_ms: number;
  readonly max_bytes: number;
}

interface GitOptions {
  readonly input?: string | number;
  readonly config?: Readonly<Record<string, string>>;
  readonly protocol?: string | null;
  readonly token?: { readonly origin: string; readonly password: string };
  readonly account?: OsAccount | undefined;
}

export interface Ran {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** git was stopped at its deadline or its output cap, or could not be started. */
export class GitStopped extends Error {
  override readonly name = 'GitStopped';
  constructor(
    message: string,
    /** At its deadline. */
    readonly late: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The exit code for a git that a signal ended: git's own code for fatal errors. */
const KILLED = 128;

/** git's settings by environment: nobody else's are read. No secret belongs in them. */
const settings = (pairs: Readonly<Record<string, string>>): Record<string, string> => {
  const entries = Object.entries(pairs);
  return Object.fromEntries([
    ['GIT_CONFIG_COUNT', String(entries.length)],
    ...entries.flatMap(([key, value], i) => [
      [`GIT_CONFIG_KEY_${i}`, key],
      [`GIT_CONFIG_VALUE_${i}`, value],
    ]),
  ]) as Record<string, string>;
};

/** More requests than one fetch makes that ask for the credential again. */
const TIMES = 16;

/**
 * git's own protocol for credentials ("gitcredentials"), spoken by the shell itself: each time that git asks, one login
 * and one password are read from descriptor 3.
 */
const HELPER =
  '!f() { [ "$1" = get ] && read -r u <&3 && read -r p <&3 && printf "%s\\n%s\\n" "$u" "$p"; }; f';

/** The last line of what git wrote to standard error: why it failed. */
export const lastLine = ({ stderr }: Ran): string => stderr.trim().split('\n').slice(-1).join('');

/** The environment of every git: nobody's configuration, hooks or credentials, and no connection that it is not told to make. */
export const gitEnvironment = ({
  config,
  protocol,
  token,
}: Pick<GitOptions, 'config' | 'protocol' | 'token'> = {}): Record<string, string> => ({
  ...pathOnly(),
  HOME: devNull,
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: devNull,
  GIT_TERMINAL_PROMPT: '0',
  GIT_NO_REPLACE_OBJECTS: '1',
  // Not even a fetch fetches more than it is told to, such as a .gitmodules of any size for its checks.
  GIT_NO_LAZY_FETCH: '1',
  GIT_ALLOW_PROTOCOL: protocol ?? 'none',
  ...settings({
    'core.hooksPath': devNull,
    ...config,
    ...(token && { [`credential.${token.origin}.helper`]: HELPER }),
  }),
});

/**
 * Runs git with nobody's configuration, hooks or credentials but `config`, speaking only `protocol` (null: none, so
 * that nothing is fetched implicitly). Returns for any exit code; throws `GitStopped` if it took too long or wrote too
 * much. `token` is the password for the origin of a URL; it comes to git by a descriptor, and is in no environment,
 * command line or file. As an `account` it runs outside of every folder: it may not be able to enter this process's.
 */
export async function runGit(
  args: readonly string[],
  bounds: GitBounds,
  options: GitOptions = {},
): Promise<Ran> {
  const { input, token, account } = options;
  const login = token && `username=x-access-token\npassword=${token.password}\n`;
  const { end, outcome, stdout, stderr } = await runProcess('git', args, {
    ...bounds,
    ...(account && { ...account, cwd: '/' }),
    ...(input !== undefined && { input }),
    ...(login !== undefined && { secret: login.repeat(TIMES) }),
    env: gitEnvironment(options),
  });
  if (end.kind === 'exit' || end.kind === 'signal') {
    const code = end.kind === 'exit' ? end.code : KILLED;
    return { code, stdout, stderr: stderr.toString('latin1') };
  }
  const [subcommand = args.join(' ')] = args.filter((arg) => /^[a-z]/.test(arg));
  const cause = end.kind === 'not-started' ? { cause: end.cause } : {};
  throw new GitStopped(`git ${subcommand} ${outcome}`, end.kind === 'deadline', cause);
}
