import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { STARTER } from './assets.js';
import { sha256 } from './digest.js';

/** What a compiled form says of itself: what it was made of and by, and its own digest. */
const manifest = z.strictObject({ key: z.string(), compiler: z.string(), wasm: z.string() });
export type Manifest = z.infer<typeof manifest>;

export interface Compiled {
  readonly manifest: Manifest;
  readonly wasm: Uint8Array;
}

/** The compiled form of the starter policy, which ships with Daypass; null where it is of other sources. */
export function readStarter(key: string): Promise<Compiled | null> {
  return read(join(STARTER, 'manifest.json'), join(STARTER, 'access.wasm'), key);
}

/** A compiled form from the worker's own folder; null where there is none that is whole. */
export function readCached(folder: string, key: string): Promise<Compiled | null> {
  return read(join(folder, `${key}.json`), join(folder, `${key}.wasm`), key);
}

/** Keeps a compiled form. Each file appears whole; the manifest comes last and is what is looked for. */
export async function writeCached(folder: string, compiled: Compiled): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { key } = compiled.manifest;
  await replace(join(folder, `${key}.wasm`), compiled.wasm);
  await replace(join(folder, `${key}.json`), JSON.stringify(compiled.manifest));
}

async function replace(path: string, content: string | Uint8Array): Promise<void> {
  const beside = `${path}.${randomUUID()}`;
  await writeFile(beside, content, { mode: 0o600, flush: true });
  await rename(beside, path);
}

async function read(manifestPath: string, wasmPath: string, key: string): Promise<Compiled | null> {
  try {
    const says = manifest.parse(JSON.parse(await readFile(manifestPath, 'utf8')));
    if (says.key !== key) return null;
    const wasm = Uint8Array.from(await readFile(wasmPath));
    return sha256(wasm) === says.wasm ? { manifest: says, wasm } : null;
  } catch (error) {
    if (isAbsentOrTorn(error)) return null;
    throw error;
  }
}

/** Not there yet, or not what was written: it is made again. */
function isAbsentOrTorn(error: unknown): boolean {
  if (error instanceof SyntaxError || error instanceof z.ZodError) return true;
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
