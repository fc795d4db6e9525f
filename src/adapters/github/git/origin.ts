import { lastLine, runGit } from './run.js';

const BOUNDS = { deadline_ms: 10_000, max_bytes: 64 * 1024 };

/** The forms of a remote's URL that name a host, an owner and a repository. */
const FORMS = [
  /^https?:\/\/(?:[^/@]*@)?(?<host>[^/]+)\/(?<name>[^/]+\/[^/]+?)(?:\.git)?\/?$/,
  /^ssh:\/\/(?:[^/@]*@)?(?<host>[^/:]+)(?::\d+)?\/(?<name>[^/]+\/[^/]+?)(?:\.git)?\/?$/,
  /^(?:[^/@:]*@)?(?<host>[^/:]+):(?<name>[^/]+\/[^/]+?)(?:\.git)?\/?$/,
];

/** The host and the `owner/name` of the remote `origin` of a working tree; returns in words why there is none. */
export async function readOrigin(
  folder: string,
): Promise<{ readonly host: string; readonly name: string } | { readonly why: string }> {
  const config = { 'safe.directory': '*' };
  const ran = await runGit(['-C', folder, 'remote', 'get-url', 'origin'], BOUNDS, { config });
  if (ran.code !== 0) return { why: `this folder has no remote "origin" (git: ${lastLine(ran)})` };
  const url = ran.stdout.toString('utf8').trim();
  for (const form of FORMS) {
    const { host, name } = form.exec(url)?.groups ?? {};
    if (host !== undefined && name !== undefined) return { host, name };
  }
  // Not quoted: a URL may have a password in it.
  return { why: 'the remote "origin" of this folder is no repository of GitHub' };
}
