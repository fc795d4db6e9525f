// Finds OPA, or builds or downloads it, and prints its path. Exits with 3 if all of that fails.
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { arch, homedir, platform } from 'node:os';
import { delimiter, join } from 'node:path';
import { cacheFolder, fail, isMain, isUsable, root, run } from './run.mjs';

/** Policies are compiled with this version only: another version gives other bytes. */
const version = '1.22.2';
/** The Go version that OPA's go.mod requires. */
const oldestGo = '1.26';
const own = join(root, '.daypass', 'tools', 'bin');
const goCache = join(root, '.daypass', 'cache', 'go');

/**
 * The path of an OPA of that version: one on the PATH, else the one from an earlier run, else one
 * built from source with Go (whose checksum database vouches for it), else the release binary.
 * Undefined if all fail; `tell` gets the reasons, and progress.
 */
export async function ensureOpa(tell = (line) => console.error(line)) {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const folder of [...onPath, own]) {
    const path = join(folder, 'opa');
    const found = await opaVersion(path);
    if (found === version) return path;
    if (found) tell(`OPA: ${path} is version ${found}, and ${version} is needed.`);
  }
  mkdirSync(own, { recursive: true });
  return (await buildWithGo(tell)) ?? (await download(tell));
}

/** The version of the OPA at a path; undefined if none runs there. */
async function opaVersion(path) {
  const { code, stdout } = await run(path, ['version'], { capture: true });
  return code === 0 ? /^Version: (\S+)/m.exec(stdout)?.[1] : undefined;
}

async function buildWithGo(tell) {
  const { code, stdout } = await run('go', ['env', 'GOVERSION'], {
    capture: true,
    env: goEnvironment(),
  });
  const minor = code === 0 ? Number(/^go1\.(\d+)/.exec(stdout)?.[1]) : NaN;
  if (!(minor >= Number(oldestGo.split('.')[1]))) {
    tell(`OPA: there is no Go ${oldestGo} or newer to build it with.`);
    return undefined;
  }
  tell(`OPA: building ${version} with Go (once, takes one to four minutes) …`);
  const started = performance.now();
  const built = await run('go', ['install', `github.com/open-policy-agent/opa@v${version}`], {
    capture: true,
    env: { ...goEnvironment(), GOBIN: own },
  });
  rmSync(goCache, { recursive: true, force: true });
  if (built.code !== 0 || !(await opaVersion(join(own, 'opa')))) {
    tell(`OPA: the build failed: ${built.stderr.trim().split('\n').at(-1)}`);
    return undefined;
  }
  tell(`OPA: built in ${Math.round((performance.now() - started) / 1000)} s.`);
  return join(own, 'opa');
}

/** Go keeps its caches in the home directory; if that is not writable, they go into the checkout. */
function goEnvironment() {
  const env = { GOTOOLCHAIN: 'local', CGO_ENABLED: '0' };
  const [modules, built] = [join(homedir(), 'go'), join(homedir(), '.cache')];
  if (isUsable(modules, 'pkg', 'mod') && isUsable(built, 'go-build')) return env;
  return {
    ...env,
    GOFLAGS: '-modcacherw',
    GOENV: 'off',
    GOPATH: cacheFolder('go'),
    GOMODCACHE: cacheFolder('go/pkg/mod'),
    GOCACHE: cacheFolder('go/build'),
  };
}

/**
 * Downloads the release binary and verifies the checksum that the same site publishes over HTTPS.
 * That finds a broken download; it does not protect against the site itself.
 */
async function download(tell) {
  const cpu = { x64: 'amd64', arm64: 'arm64' }[arch()];
  const system = { linux: 'linux', darwin: 'darwin' }[platform()];
  if (!cpu || !system) {
    tell(`OPA: there is no release binary for ${platform()} on ${arch()}.`);
    return undefined;
  }
  const suffix = system === 'darwin' && cpu === 'amd64' ? '' : '_static';
  const url = `https://openpolicyagent.org/downloads/v${version}/opa_${system}_${cpu}${suffix}`;
  tell(`OPA: downloading ${url} …`);
  const half = join(own, `opa.half-${process.pid}`);
  try {
    const [binary, published] = await Promise.all([fetchBytes(url), fetchBytes(`${url}.sha256`)]);
    const expected = published.toString('utf8').trim().split(/\s+/)[0];
    const actual = createHash('sha256').update(binary).digest('hex');
    if (expected !== actual)
      throw new Error(`its SHA-256 is ${actual}, but ${expected} is published`);
    writeFileSync(half, binary);
    chmodSync(half, 0o755);
    if (!(await opaVersion(half))) throw new Error('it does not run on this machine');
    renameSync(half, join(own, 'opa'));
    return join(own, 'opa');
  } catch (error) {
    tell(
      `OPA: the download of the release binary failed: ${error.cause?.message ?? error.message}`,
    );
    return undefined;
  } finally {
    rmSync(half, { force: true });
  }
}

async function fetchBytes(url) {
  const response = await fetch(url, { signal: AbortSignal.timeout(120_000) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

/** What to do if OPA could not be found, built or downloaded. */
export const howToGetOpa =
  `Put \`opa\` ${version} on the PATH (https://www.openpolicyagent.org/docs#running-opa), ` +
  `or install Go ${oldestGo} or newer (https://go.dev/dl), and it will be built.`;

if (isMain(import.meta.url)) {
  const path = await ensureOpa();
  if (!path) fail(`OPA could not be found, built or downloaded. ${howToGetOpa}`, 3);
  console.log(path);
}
