import { runProcess } from '../process.js';

/** What `gh` needs of a person's environment to find their token, in a file or in a keyring. */
const OF_GH = [
  ...['PATH', 'HOME', 'USER', 'GH_CONFIG_DIR', 'XDG_CONFIG_HOME', 'XDG_RUNTIME_DIR'],
  'DBUS_SESSION_BUS_ADDRESS',
];

/** The token that GitHub's own command line keeps for a host; null where it has none, or is not there. */
export async function tokenOfGh(
  host: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | null> {
  const given = OF_GH.flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const { end, stdout } = await runProcess('gh', ['auth', 'token', '--hostname', host], {
    env: Object.fromEntries(given),
    deadline_ms: 10_000,
    max_bytes: 4_096,
  });
  const token = stdout.toString('utf8').trim();
  return end.kind === 'exit' && end.code === 0 && token !== '' ? token : null;
}
