// Finds nginx and Caddy, which the tests put before a service, or unpacks Debian's packages of them; prints the folders that
// have them. Nothing is installed outside this checkout. Exits with 3 if that fails.
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fail, isMain, root, run } from './run.mjs';

const tools = join(root, '.daypass', 'tools');
const own = join(tools, 'proxies');
/** Each with what it answers when it is asked for its version, and where Debian puts it. */
const PROXIES = [
  { name: 'nginx', version: '-v', folder: 'usr/sbin' },
  { name: 'caddy', version: 'version', folder: 'usr/bin' },
];

/** The folders to have on the PATH for them; undefined if one cannot be had. `tell` gets the reason, and progress. */
export async function ensureProxies(tell = (line) => console.error(line)) {
  const found = await foldersOf();
  if (found) return found;
  tell("Proxies: unpacking Debian's packages of nginx and Caddy (once) …");
  const why = await unpack();
  const now = why === undefined ? await foldersOf() : undefined;
  if (!now) tell(`Proxies: ${why ?? 'they do not run on this machine'}.`);
  return now;
}

async function foldersOf() {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const folders = [];
  for (const { name, version, folder } of PROXIES) {
    let at;
    for (const one of [...onPath, join(own, folder)])
      at ??= (await runs(join(one, name), version)) ? one : undefined;
    if (at === undefined) return undefined;
    folders.push(at);
  }
  return [...new Set(folders)];
}

async function runs(path, version) {
  return (await run(path, [version], { capture: true })).code === 0;
}

/** Debian signs its packages, and apt verifies that. Answers in words what failed. */
async function unpack() {
  mkdirSync(tools, { recursive: true });
  const half = mkdtempSync(join(tools, 'proxies.half-'));
  try {
    const names = PROXIES.map(({ name }) => name).join(' ');
    const script = `cd "$0" && apt-get download -q ${names} && for one in *.deb; do dpkg-deb -x "$one" . || exit 1; done`;
    const { code, stderr } = await run('sh', ['-c', script, half], { capture: true });
    const said = stderr.trim().split('\n').at(-1) || 'there is no apt-get here';
    if (code !== 0) return `Debian's packages could not be had: ${said}`;
    for (const one of readdirSync(half)) if (one.endsWith('.deb')) rmSync(join(half, one));
    rmSync(own, { recursive: true, force: true });
    renameSync(half, own);
    return undefined;
  } finally {
    rmSync(half, { recursive: true, force: true });
  }
}

/** What to do if they could not be had. */
export const howToGetProxies = 'Put `nginx` and `caddy` on the PATH.';

if (isMain(import.meta.url)) {
  const folders = await ensureProxies();
  if (!folders) fail(`nginx and Caddy could not be found or unpacked. ${howToGetProxies}`, 3);
  console.log(folders.join(delimiter));
}
