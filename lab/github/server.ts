import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { ZodError } from 'zod';
import { demand, seenRepo } from './access.js';
import { admit } from './admission.js';
import type { Admitted } from './admission.js';
import { ANONYMOUS } from './auth.js';
import type { Fault } from './faults.js';
import { readGitPath, serveGit } from './git-http.js';
import type { GitHub } from './github.js';
import { answerGraphql } from './graphql-route.js';
import type { Call, Reply } from './http.js';
import { byId, moved } from './moved.js';
import { Refusal } from './refusal.js';
import type { Match, Router } from './router.js';
import { router } from './router.js';
import { routes } from './routes/table.js';
import { standIn } from './stand-in.js';
import type { Identity } from './state.js';

/** Larger bodies are refused; a push of a test repository is far below. */
const MAX_BODY = 100 * 1024 * 1024;

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw new Refusal(413, 'Payload too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new Refusal(400, 'Problems parsing JSON');
  }
}

function refusalReply(error: unknown): Reply {
  if (error instanceof ZodError)
    return { status: 422, body: { message: error.message, status: '422' } };
  if (!(error instanceof Refusal)) throw error;
  const { message, status, details } = error;
  const documentation_url = 'https://docs.github.com/rest';
  return { status, body: { message, ...details, documentation_url, status: String(status) } };
}

/** Runs `work`; a Refusal becomes its answer, any other error a 500 that says what went wrong here. */
async function answering<T extends Reply | null>(work: () => Promise<T>): Promise<T | Reply> {
  try {
    return await work();
  } catch (error) {
    try {
      return refusalReply(error);
    } catch (bug) {
      const said = bug instanceof Error ? (bug.stack ?? bug.message) : String(bug);
      process.stderr.write(`The stand-in failed: ${said}\n`);
      return { status: 500, body: { message: 'Server Error', said } };
    }
  }
}

function send(response: ServerResponse, reply: Reply, more: Record<string, string>): void {
  const { status, body } = reply;
  const bytes =
    Buffer.isBuffer(body) || body === undefined ? body : Buffer.from(JSON.stringify(body));
  const json = { 'content-type': 'application/json; charset=utf-8' };
  response.writeHead(status, { ...more, ...(bytes === undefined ? {} : json), ...reply.headers });
  response.end(bytes);
}

/** Runs the handler of a route, after checking what it needs from its caller. */
async function serveRoute(github: GitHub, { route }: Match, call: Call): Promise<Reply> {
  const { identity } = call;
  if (route.who === 'app') {
    if (!identity.app || identity.installation)
      throw new Refusal(401, 'A JSON web token could not be decoded');
    return route.handle(call);
  }
  // An app's own JWT only works on the routes about the app.
  if (identity.app && !identity.installation)
    throw new Refusal(403, 'Resource not accessible by integration');
  if (route.who === 'person' && !identity.actor) throw new Refusal(401, 'Requires authentication');
  if (route.who !== 'repo') return route.handle(call);
  const { owner = '', repo: name = '' } = call.params;
  const repo = seenRepo(github.state, identity, owner, name);
  demand(github.state, identity, repo, route.need);
  const handle = async () => route.handle({ ...call, repo });
  return route.method === 'GET' ? handle() : github.inTurn(repo.id, handle);
}

interface Incoming {
  readonly request: IncomingMessage;
  readonly method: string;
  readonly url: URL;
  readonly body: Buffer;
}

interface Serving {
  readonly github: GitHub;
  readonly find: Router;
}

async function serveApi(
  { github }: Serving,
  { request, method, url, body }: Incoming,
  match: Match | null,
  identity: Identity,
): Promise<Reply> {
  if (url.pathname === '/rate_limit' && method === 'GET') {
    const core = github.limits.read(identity, 'core');
    return {
      status: 200,
      body: {
        resources: { core, search: core, graphql: github.limits.read(identity, 'graphql') },
        rate: core,
      },
    };
  }
  if (url.pathname === '/graphql' && method === 'POST')
    return answerGraphql(
      github,
      identity,
      github.limits.read(identity, 'graphql'),
      parseJson(body),
    );
  const elsewhere = match && moved(github.state, identity, match.params, url, method);
  if (elsewhere) return elsewhere;
  if (!match) throw new Refusal(501, `The stand-in has no route for ${method} ${url.pathname}`);
  const { headers } = request;
  return serveRoute(github, match, {
    github,
    identity,
    method,
    params: match.params,
    query: url.searchParams,
    headers,
    body: parseJson(body),
    url,
  });
}

function writes({ method, url, body }: Incoming, service: string | undefined): boolean {
  if (service !== undefined) return service.endsWith('receive-pack');
  if (url.pathname === '/graphql') return /"query":\s*"(\s|\\n)*mutation\b/.test(body.toString());
  return method !== 'GET' && method !== 'HEAD';
}

/** The call: its name in records and faults, and how to answer it. */
async function serve(server: Serving, incoming: Incoming, response: ServerResponse): Promise<void> {
  const { github, find } = server;
  const { request, method, url, body } = incoming;
  if (url.pathname.startsWith('/_stand-in/')) {
    const path = url.pathname.slice('/_stand-in/'.length);
    return send(response, await answering(() => standInCall(github, method, path, body)), {});
  }
  const git = readGitPath(url);
  const match = git ? null : find(method, byId(github.state, url.pathname));
  const route = git ? `GIT ${git.service}` : (match?.route.path ?? url.pathname);
  const at = github.state.clock.now().toISOString();
  const admitted: Admitted = { identity: ANONYMOUS, rate: {} };
  const record = (status: number | null) => {
    const app_id = admitted.identity.app?.app_id ?? null;
    const call = { at, method, route, status, writes: writes(incoming, git?.service), app_id };
    github.calls.record(call);
    if (status === 501) github.calls.recordUnknown(call);
  };
  const { authorization } = request.headers;
  const refused = await answering(async () =>
    admit(github, { authorization, path: url.pathname, git: git !== null }, admitted),
  );
  const answered = () =>
    answering(async () => {
      if (refused) return refused;
      const { identity } = admitted;
      return git
        ? serveGit(github, git, identity, { method, url, headers: request.headers, body })
        : serveApi(server, incoming, match, identity);
    });
  const work = async () => {
    const reply = await answered();
    const described =
      (match !== null || url.pathname === '/rate_limit') && ![301, 307].includes(reply.status);
    return described ? github.violations.judge(method, route, reply) : reply;
  };
  const fault = github.faults.meet(method, route);
  const reply = fault ? await misbehave(fault, work) : await work();
  record(reply?.status ?? null);
  if (!reply) return void request.socket.destroy();
  send(response, reply, { ...admitted.rate, date: github.state.clock.now().toUTCString() });
}

const standInCall = async (github: GitHub, method: string, path: string, body: Buffer) =>
  standIn(github, method, path, parseJson(body));

/** Answers the way the fault says; null drops the connection. */
async function misbehave(fault: Fault['do'], work: () => Promise<Reply>): Promise<Reply | null> {
  const done = fault.after ? await work() : null;
  if (fault.delay_ms !== undefined) await sleep(fault.delay_ms, undefined, { ref: false });
  if (fault.drop) return null;
  if (fault.status === undefined && fault.body === undefined) {
    const reply = done ?? (await work());
    return { ...reply, headers: { ...reply.headers, ...fault.headers } };
  }
  const status = fault.status ?? 200;
  const body = fault.body ?? { message: 'The stand-in was set to answer like this' };
  return { status, body, headers: fault.headers ?? {} };
}

/** The HTTP server of a stand-in, not yet listening. */
export function serveGitHub(github: GitHub): Server {
  const server: Serving = { github, find: router(routes) };
  return createServer((request, response) => {
    const handle = async () => {
      const url = new URL(request.url ?? '/', github.state.url);
      const body = await readAll(request);
      await serve(server, { request, method: request.method ?? 'GET', url, body }, response);
    };
    handle().catch((error: unknown) => {
      // The caller went away, or did not send HTTP.
      process.stderr.write(`The stand-in dropped a call: ${String(error)}\n`);
      response.destroy();
    });
  });
}
