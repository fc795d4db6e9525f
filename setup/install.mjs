// Installs what package-lock.json names, unless that is already there.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { devNull, homedir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder, fail, isMain, isUsable, root, run } from './run.mjs';

const stamp = join(root, 'node_modules', '.daypass-installed');

/** Ends the process with a plain message when Node or git is missing or too old. */
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

/** Makes node_modules match the lock; quick when it does. Progress goes to stderr. */
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
    // npm ci refuses a lock that it cannot confirm whole, as where a registry lacks the packages
    // of some other platform; npm install goes by the same lock.
    console.error('npm ci refuses the lock here; trying npm install …');
    ({ code } = await npm(['install', '--no-save'], env));
  }
  if (code === 127) fail('There is no `npm` on the PATH; it comes with Node (https://nodejs.org).');
  if (code !== 0) fail(`The dependencies could not be installed (npm ended with ${code}).`);
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
 * npm reads ~/.npmrc and writes ~/.npm: neither can be had in a closed home directory. `npm run`
 * tells its scripts both paths, whether or not they can be used.
 */
function npmEnvironment() {
  const env = { npm_config_update_notifier: 'false' };
  const cache = process.env.npm_config_cache ?? join(homedir(), '.npm');
  if (!isUsable(cache, '_cacache', 'tmp')) env.npm_config_cache = cacheFolder('npm');
  if (!isUsable(homedir())) env.npm_config_userconfig = devNull;
  return env;
}

if (isMain(import.meta.url)) await ensureInstalled();
