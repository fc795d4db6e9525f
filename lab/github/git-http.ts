import type { IncomingHttpHeaders } from 'node:http';
import { basename } from 'node:path';
import { canSee, hasPermission } from './access.js';
import { ANONYMOUS } from './auth.js';
import { readRefs, ZERO } from './git/read.js';
import { tryBackend } from './git/run.js';
import type { GitHub } from './github.js';
import type { Reply } from './http.js';
import { repoByFormerName, repoByName, roleAtLeast, roleOn } from './lookup.js';
import { refMoved } from './ref-moves.js';
import type { Identity, Repo, State } from './state.js';

const PATH = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/;

export interface GitCall {
  readonly owner: string;
  readonly name: string;
  readonly file: string;
  readonly service: 'upload-pack' | 'receive-pack';
}

/** Reads a URL of git's smart protocol; null for any other. */
export function readGitPath(url: URL): GitCall | null {
  const [, owner = '', name = '', file = ''] = PATH.exec(url.pathname) ?? [];
  const asked = file === 'info/refs' ? (url.searchParams.get('service') ?? '') : file;
  const service = /^git-(upload-pack|receive-pack)$/.exec(asked)?.[1];
  return service ? { owner, name, file, service: service as GitCall['service'] } : null;
}

const text = (status: number, message: string, headers: Record<string, string> = {}): Reply => ({
  status,
  body: Buffer.from(`${message}\n`),
  headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
});

/** GitHub's answer to somebody who may not do this; null if they may. */
function refusal(state: State, repo: Repo | undefined, identity: Identity, write: boolean) {
  const nobody = identity === ANONYMOUS;
  const login = text(401, 'Authentication required', {
    'www-authenticate': 'Basic realm="GitHub"',
  });
  if (nobody && (write || !repo || repo.private)) return login;
  if (!repo || !canSee(state, identity, repo)) return text(404, 'Repository not found.');
  if (!write) {
    if (!identity.installation || !repo.private) return null;
    return hasPermission(identity, 'contents', 'read') ? null : text(403, 'Write access denied.');
  }
  const may = identity.installation
    ? hasPermission(identity, 'contents', 'write') &&
      identity.installation.account_id === repo.owner_id
    : identity.actor !== null && roleAtLeast(roleOn(state, repo, identity.actor.id), 'write');
  return may ? null : text(403, 'Write access to repository not granted.');
}

/** Full names of the branches that this caller may not push to. */
function protectedFrom(state: State, repo: Repo, identity: Identity): string[] {
  const admin =
    !identity.installation &&
    identity.actor !== null &&
    roleAtLeast(roleOn(state, repo, identity.actor.id), 'admin');
  return [...repo.protection]
    .filter(([, { enforce_admins }]) => !admin || enforce_admins)
    .map(([branch]) => `refs/heads/${branch}`);
}

function readCgi(out: Buffer): Reply {
  const end = out.indexOf('\r\n\r\n');
  if (end < 0) return text(500, 'git http-backend said nothing');
  const lines = out.toString('latin1', 0, end).split('\r\n');
  const pairs = lines.map((line) => /^([^:]+): *(.*)$/.exec(line) ?? []);
  const headers = Object.fromEntries(
    pairs.map(([, name = '', value = '']) => [name.toLowerCase(), value]),
  );
  const { status = '200', ...others } = headers;
  return { status: Number.parseInt(status, 10), headers: others, body: out.subarray(end + 4) };
}

/** What a repository advertises with protocol version 2, which has no refs, only capabilities ("gitprotocol-v2"). */
const advertised = new Map<string, Reply>();

const isCapabilities = ({ status, body }: Reply): boolean =>
  status === 200 && Buffer.isBuffer(body) && body.includes('version 2\n');

/**
 * Serves clone, fetch and push with `git http-backend`; everything that a push causes has happened before the answer.
 */
export async function serveGit(
  github: GitHub,
  call: GitCall,
  identity: Identity,
  request: { method: string; url: URL; headers: IncomingHttpHeaders; body: Buffer },
): Promise<Reply> {
  const { state } = github;
  const { owner, name } = call;
  const repo = repoByName(state, owner, name) ?? repoByFormerName(state, owner, name);
  const write = call.service === 'receive-pack';
  const refused = refusal(state, repo, identity, write);
  if (refused || !repo) return refused ?? text(404, 'Repository not found.');
  const header = (name: string) => {
    const value = request.headers[name];
    return typeof value === 'string' ? value : '';
  };
  const backend = async () => {
    const ran = await tryBackend({
      input: request.body,
      env: {
        GIT_PROJECT_ROOT: state.dir,
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: `/${basename(repo.dir)}/${call.file}`,
        REQUEST_METHOD: request.method,
        QUERY_STRING: request.url.search.slice(1),
        CONTENT_TYPE: header('content-type'),
        CONTENT_LENGTH: String(request.body.length),
        HTTP_CONTENT_ENCODING: header('content-encoding'),
        GIT_PROTOCOL: header('git-protocol'),
        REMOTE_USER: identity.actor?.login ?? '',
        REMOTE_ADDR: '127.0.0.1',
        STAND_IN_PROTECTED: protectedFrom(state, repo, identity).join('\n'),
      },
    });
    return readCgi(ran.stdout);
  };
  const capabilities = async () => {
    const key = [repo.dir, call.service, header('git-protocol')].join('\0');
    const known = advertised.get(key);
    if (known) return known;
    const reply = await backend();
    if (isCapabilities(reply)) advertised.set(key, reply);
    return reply;
  };
  const { actor } = identity;
  if (call.file === 'info/refs') return capabilities();
  if (call.file !== 'git-receive-pack' || !actor) return backend();
  return github.inTurn(repo.id, async () => {
    const before = await readRefs(repo.dir, 'refs/');
    const reply = await backend();
    const after = await readRefs(repo.dir, 'refs/');
    for (const ref of new Set([...before.keys(), ...after.keys()])) {
      const change = { ref, before: before.get(ref) ?? ZERO, after: after.get(ref) ?? ZERO };
      if (change.before !== change.after) await refMoved(github, repo, change, actor);
    }
    return reply;
  });
}
