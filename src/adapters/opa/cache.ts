import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { STARTER } from './assets.js';
import { sha256 } from './digest.js';

/** What a compiled form says about itself: its sources and compiler (`key`), and its own digest. */
const manifest = z.strictObject({ key: z.string(), compiler: z.string(), wasm: z.string() });
export type Manifest = z.infer<typeof manifest>;

export interface Compiled {
  readonly manifest: Manifest;
  readonly wasm: Uint8Array;
}

/** The compiled form of the starter policy, which ships with Daypass; null when it was made from other sources. */
export function readStarter(key: string): Promise<Compiled | null> {
  return read(join(STARTER, 'manifest.json'), join(STARTER, 'access.wasm'), key);
}

/** A compiled form from the worker's own folder; null when there is no complete one. */
export function readCached(folder: string, key: string): Promise<Compiled | null> {
  return read(join(folder, `${key}.json`), join(folder, `${key}.wasm`), key);
}

/** Stores a compiled form. Each file appears complete; the manifest comes last, so whoever finds it finds both. */
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

/** Not there yet, or not what was written: it is compiled again. */
function isAbsentOrTorn(error: unknown): boolean {
  if (error instanceof SyntaxError || error instanceof z.ZodError) return true;
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
