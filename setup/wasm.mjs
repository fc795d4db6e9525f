// Compiles the starter policy. `build` writes its compiled form; `check` compares the one that ships with its
// sources. It imports TypeScript, so it runs after the installation: `node --import tsx setup/wasm.mjs check`.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTree } from '../src/adapters/opa/read-tree.ts';
import { compileStarter, differingFiles, writeStarter } from '../src/adapters/opa/starter.ts';
import { ensureOpa, howToGetOpa } from './opa.mjs';
import { fail, root } from './run.mjs';

const act = process.argv[2];
if (act !== 'build' && act !== 'check') fail(`The argument must be build or check, not ${act}.`);

const opa = await ensureOpa();
if (!opa) fail(`Compiling policies needs OPA. ${howToGetOpa}`, 3);

const folder = mkdtempSync(join(tmpdir(), 'daypass-wasm-'));
const files = await readTree(join(root, 'policies'));
const made = await compileStarter(opa, files, folder);
rmSync(folder, { recursive: true, force: true });
if (!made.ok) {
  fail(
    made.problems.map(({ path, line, message }) => `${path}:${line ?? 1}: ${message}`).join('\n'),
  );
}
const differing = await differingFiles(made.value);
if (act === 'build') {
  await writeStarter(made.value);
  console.log(differing.length > 0 ? `wrote ${differing.join(', ')}` : 'nothing changed');
} else if (differing.length > 0) {
  fail(
    `${differing.join(', ')} does not match policies/: run \`npm run wasm:build\` and commit what it writes.`,
  );
} else {
  console.log('The compiled starter matches its sources.');
}
