import { readFile, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** The text files below a folder, by path below it with `/`. */
export async function readTree(folder: string): Promise<Readonly<Record<string, string>>> {
  const files: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files[relative(folder, path).split(sep).join('/')] = await readFile(path, 'utf8');
  }
  return files;
}
