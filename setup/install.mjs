// Installs the packages of package-lock.json, unless they are installed already.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { devNull, homedir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder, fail, isMain, isUsable, root, run } from './run.mjs';

const stamp = join(root, 'node_modules', '.daypass-installed');

/** Exits with a plain message if Node is too old or git is missing. */
export async function checkTools() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 18)) {
    fail(
      `Daypass needs Node 20.18 or newer; this is ${process.versions.node}. ` +
        'Get it from https://nodejs.org or with your version manager (nvm install 20).',
    );
  }
  if ((await run('git', ['--version'], { capture: true })).code !== 0) {
    fail(
      'Daypass needs git, and there is no `git` on the PATH. Install it with your package manager ' +
        '(apt install git, dnf install git, brew install git) or from https://git-scm.com.',
    );
  }
}

/** Brings node_modules up to date with the lock; fast if it is already. Progress goes to stderr. */
export async function ensureInstalled() {
  await checkTools();
  const wanted = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.error('Installing the dependencies (about half a minute) …');
  rmSync(stamp, { force: true });
  const started = performance.now();
  const env = npmEnvironment();
  let { code, stderr } = await npm(['ci'], env);
  if (code !== 0 && stderr.includes('EUSAGE')) {
    // npm ci refuses a lock that it cannot confirm completely, for example if a registry lacks the
    // packages of another platform. npm install follows the same lock.
    console.error('npm ci does not accept the lock here; trying npm install …');
    ({ code } = await npm(['install', '--no-save'], env));
  }
  if (code === 127)
    fail('There is no `npm` on the PATH. Install Node with its npm (https://nodejs.org).');
  if (code !== 0)
    fail(`The dependencies could not be installed: npm exited with ${code}, see its output above.`);
  writeFileSync(stamp, wanted);
  console.error(`Installed in ${Math.round((performance.now() - started) / 1000)} s.`);
}

function fingerprint() {
  const { arch, platform, versions } = process;
  return createHash('sha256')
    .update(readFileSync(join(root, 'package.json')))
    .update(readFileSync(join(root, 'package-lock.json')))
    .update(`${platform} ${arch} ${versions.modules}`)
    .digest('hex');
}

function npm(args, env) {
  const flags = ['--include=dev', '--no-fund', '--no-audit', '--loglevel=error'];
  return run('npm', [...args, ...flags], { env, tee: true, toStderr: true });
}

/**
 * npm reads ~/.npmrc and writes ~/.npm, and a read-only or missing home directory allows neither. `npm run`
 * passes both paths to its scripts, whether they are usable or not.
 */
function npmEnvironment() {
  const env = { npm_config_update_notifier: 'false' };
  const cache = process.env.npm_config_cache ?? join(homedir(), '.npm');
  if (!isUsable(cache, '_cacache', 'tmp')) env.npm_config_cache = cacheFolder('npm');
  if (!isUsable(homedir())) env.npm_config_userconfig = devNull;
  return env;
}

if (isMain(import.meta.url)) await ensureInstalled();
