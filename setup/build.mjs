// Compiles src/ to dist/, unless dist/ is up to date. Types are not looked at: `npm run types` does that, for the tests, too.
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fail, isMain, root } from './run.mjs';

const stamp = join(root, 'dist', '.built');

/** Brings dist/ up to date with src/; fast if it is already. Progress goes to stderr. */
export async function ensureBuilt() {
  const built = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (built > newest()) return;
  console.error('Compiling …');
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  // Only here, because before the installation there is none.
  const { transformFile } = await import('@swc/core');
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  await Promise.all(
    sources.filter((path) => path.endsWith('.ts')).map((path) => compile(transformFile, path)),
  ).catch((error) =>
    fail(`The sources do not compile:\n${error.message.replace(/\n+Caused by:[^]*/, '')}`),
  );
  writeFileSync(stamp, '');
}

/** One file of src/, with its map beside it. */
async function compile(transformFile, path) {
  const from = join(root, 'src', path);
  const to = join(root, 'dist', path.replace(/\.ts$/, '.js'));
  const { code, map } = await transformFile(from, {
    swcrc: false,
    sourceMaps: true,
    sourceFileName: relative(dirname(to), from),
    module: { type: 'es6' },
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript' },
      transform: { verbatimModuleSyntax: true },
    },
  });
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, `${code}//# sourceMappingURL=${basename(to)}.map\n`);
  writeFileSync(`${to}.map`, map);
}

/** When the sources or the compiler's settings last changed, in milliseconds since 1970. */
function newest() {
  const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true });
  const paths = sources.map(({ parentPath, path, name }) => join(parentPath ?? path, name));
  const others = ['setup/build.mjs', 'package-lock.json'];
  const all = [...paths, ...others.map((name) => join(root, name))];
  return Math.max(...all.map((path) => statSync(path).mtimeMs));
}

if (isMain(import.meta.url)) await ensureBuilt();
