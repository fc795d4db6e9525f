import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Parsed } from '../../core/reading/problem.js';
import { STARTER } from './assets.js';
import { compile } from './compile.js';
import { compileKey, compilerDigest, sha256, sources } from './digest.js';

/** The two files of the starter's compiled form. */
export interface StarterForm {
  readonly 'access.wasm': Uint8Array;
  readonly 'manifest.json': Uint8Array;
}

/** Compiles the starter policy, given by path below `policies/`, to the form that ships. */
export async function compileStarter(
  opa: string,
  files: Readonly<Record<string, string>>,
  folder: string,
): Promise<Parsed<StarterForm>> {
  const rego = sources(files);
  const made = await compile(opa, rego, { folder });
  if (!made.ok) return made;
  const manifest = { key: compileKey(rego), compiler: compilerDigest(), wasm: sha256(made.value) };
  const text = new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`);
  return { ok: true, value: { 'access.wasm': made.value, 'manifest.json': text } };
}

/** The files of the form that ships which differ from `form`, by name. */
export async function differingFiles(form: StarterForm): Promise<readonly string[]> {
  const differing: string[] = [];
  for (const [name, content] of Object.entries(form)) {
    const shipped = await readFile(join(STARTER, name)).catch(() => Buffer.alloc(0));
    if (!shipped.equals(content as Uint8Array)) differing.push(name);
  }
  return differing;
}

/** Writes the form that ships. */
export async function writeStarter(form: StarterForm): Promise<void> {
  for (const [name, content] of Object.entries(form)) {
    await writeFile(join(STARTER, name), content as Uint8Array);
  }
}
