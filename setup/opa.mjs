// Finds OPA or gets it, and prints its path. Exit code 3 when it cannot be had.
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { arch, homedir, platform } from 'node:os';
import { delimiter, join } from 'node:path';
import { cacheFolder, fail, isMain, isUsable, root, run } from './run.mjs';

/** The policies are compiled with this version alone: another gives other bytes. */
const version = '1.22.2';
/** What the go.mod of that version asks for. */
const oldestGo = '1.26';
const own = join(root, '.daypass', 'tools', 'bin');
const goCache = join(root, '.daypass', 'cache', 'go');

/**
 * The path of an OPA of that version: one on the PATH, else the one got before, else built from
 * source by Go (whose checksum database vouches for it), else the release binary. Undefined when
 * none can be had; `tell` hears why, and about progress.
 */
export async function ensureOpa(tell = (line) => console.error(line)) {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const folder of [...onPath, own]) {
    const path = join(folder, 'opa');
    const found = await opaVersion(path);
    if (found === version) return path;
    if (found) tell(`OPA: ${path} is ${found}, not ${version}.`);
  }
  mkdirSync(own, { recursive: true });
  return (await buildWithGo(tell)) ?? (await download(tell));
}

/** The version of the OPA at a path; undefined when there is none that runs. */
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
    tell(`OPA: no Go ${oldestGo} or newer here to build it with.`);
    return undefined;
  }
  tell(`OPA: building ${version} with Go (once; one to four minutes) …`);
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

/** Go needs a home directory for its caches, or to be told where they go. */
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
 * The release binary, held to the checksum that the same site publishes beside it over HTTPS. That
 * finds a broken download; it does not protect from the site itself.
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
  tell(`OPA: fetching ${url} …`);
  const half = join(own, `opa.half-${process.pid}`);
  try {
    const [binary, published] = await Promise.all([fetchBytes(url), fetchBytes(`${url}.sha256`)]);
    const expected = published.toString('utf8').trim().split(/\s+/)[0];
    const actual = createHash('sha256').update(binary).digest('hex');
    if (expected !== actual) throw new Error(`its SHA-256 is ${actual}, not ${expected}`);
    writeFileSync(half, binary);
    chmodSync(half, 0o755);
    if (!(await opaVersion(half))) throw new Error('it does not run here');
    renameSync(half, join(own, 'opa'));
    return join(own, 'opa');
  } catch (error) {
    tell(`OPA: the release binary cannot be had: ${error.cause?.message ?? error.message}`);
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

/** What to do where OPA cannot be had. */
export const howToGetOpa =
  `Put \`opa\` ${version} on the PATH (https://www.openpolicyagent.org/docs#running-opa), ` +
  `or Go ${oldestGo} or newer (https://go.dev/dl) to have it built.`;

if (isMain(import.meta.url)) {
  const path = await ensureOpa();
  if (!path) fail(`OPA cannot be had. ${howToGetOpa}`, 3);
  console.log(path);
}
