import { spawn } from 'node:child_process';
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this checkout. */
export const root = fileURLToPath(new URL('../', import.meta.url));

/**
 * Runs a program in the checkout. `capture` returns its output instead of showing it; `tee` does both
 * for stderr. Answers {code, stdout, stderr}; the code is 127 if there is no such program.
 */
export function run(
  command,
  args,
  { env = {}, capture = false, tee = false, toStderr = false } = {},
) {
  return new Promise((resolve) => {
    const out = capture ? 'pipe' : toStderr ? 2 : 'inherit';
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', out, capture || tee ? 'pipe' : 'inherit'],
    });
    const said = { stdout: '', stderr: '' };
    child.stdout?.on('data', (chunk) => (said.stdout += chunk));
    child.stderr?.on('data', (chunk) => {
      said.stderr += chunk;
      if (tee) process.stderr.write(chunk);
    });
    child.on('error', () => resolve({ code: 127, ...said }));
    child.on('close', (code) => resolve({ code: code ?? 1, ...said }));
  });
}

/** Exits with a message that says what to do. */
export function fail(message, code = 1) {
  console.error(`\n${message}\n`);
  process.exit(code);
}

/** A cache folder inside the checkout, for when the home directory is missing or not writable. */
export function cacheFolder(name) {
  const folder = join(root, '.daypass', 'cache', name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/**
 * Whether a folder, and the folders `below` it that exist, are writable. A folder that does not exist
 * needs a writable parent.
 */
export function isUsable(folder, ...below) {
  if (!exists(folder)) return isWritable(dirname(folder));
  if (!isWritable(folder)) return false;
  const [next, ...rest] = below;
  return next === undefined || isUsable(join(folder, next), ...rest);
}

function isWritable(folder) {
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return statSync(folder).isDirectory();
  } catch {
    return false;
  }
}

/** A path that may not be looked at counts as existing. */
function exists(path) {
  try {
    statSync(path);
    return true;
  } catch (error) {
    return error.code !== 'ENOENT' && error.code !== 'ENOTDIR';
  }
}

/** Whether this file is the program that was started. */
export function isMain(url) {
  return process.argv[1] !== undefined && fileURLToPath(url) === process.argv[1];
}
