import { spawn } from 'node:child_process';
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this checkout. */
export const root = fileURLToPath(new URL('../', import.meta.url));

/**
 * Runs a program in the checkout. `capture` gives its output back instead of showing it; `tee` does
 * both for stderr. Answers {code, stdout, stderr}; a program that is not there has the code 127.
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

/** Ends this script with a message that says what to do. */
export function fail(message, code = 1) {
  console.error(`\n${message}\n`);
  process.exit(code);
}

/** A cache folder inside the checkout, for when the home directory is closed or is not there. */
export function cacheFolder(name) {
  const folder = join(root, '.daypass', 'cache', name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/**
 * Whether a folder can be written, with the folders `below` it where they are there; one that is
 * not there needs a parent that is and can be written.
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

/** One that cannot be looked at is there. */
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
