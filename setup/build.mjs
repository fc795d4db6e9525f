// Compiles src/ to dist/, unless dist/ is up to date.
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, isMain, root, run } from './run.mjs';

const stamp = join(root, 'dist', '.built');

/** Brings dist/ up to date with src/; fast if it is already. Progress goes to stderr. */
export async function ensureBuilt() {
  const built = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (built > newest()) return;
  console.error('Compiling …');
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const tsc = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'];
  const { code } = await run(process.execPath, tsc, { toStderr: true });
  if (code !== 0) fail('The sources do not compile: see the errors above.');
  writeFileSync(stamp, '');
}

/** When the sources or the compiler's settings last changed, in milliseconds since 1970. */
function newest() {
  const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true });
  const paths = sources.map(({ parentPath, path, name }) => join(parentPath ?? path, name));
  const others = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];
  const all = [...paths, ...others.map((name) => join(root, name))];
  return Math.max(...all.map((path) => statSync(path).mtimeMs));
}

if (isMain(import.meta.url)) await ensureBuilt();
