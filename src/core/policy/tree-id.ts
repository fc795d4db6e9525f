import { createHash } from 'node:crypto';
import type { PolicyTree } from './tree.js';

/** A file in a git tree. */
export interface TreeEntry {
  readonly mode: string;
  readonly oid: string;
}

/** What a folder holds, by name: files, and folders with what is in them. */
type Folder = Map<string, TreeEntry | Folder>;

/**
 * The id that git gives a tree with these files, by path: SHA-1 over its object. The entries are in byte order, with
 * folder names compared as if they ended with a slash ("Git Internals - Git Objects", Pro Git; the order is that of
 * `base_name_compare` in git's sources).
 */
export function treeId(files: ReadonlyMap<string, TreeEntry>): string {
  const root: Folder = new Map();
  for (const [path, entry] of files) {
    const names = path.split('/');
    const last = names.pop() ?? '';
    let folder = root;
    for (const name of names) {
      const known = folder.get(name);
      const next: Folder = known instanceof Map ? known : new Map<string, TreeEntry | Folder>();
      folder.set(name, next);
      folder = next;
    }
    folder.set(last, entry);
  }
  return idOf(root);
}

function idOf(folder: Folder): string {
  const entries = [...folder].map(([name, node]) => {
    const isFolder = node instanceof Map;
    const { mode, oid } = isFolder ? { mode: '40000', oid: idOf(node) } : node;
    return {
      order: Buffer.from(isFolder ? `${name}/` : name),
      bytes: Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(oid, 'hex')]),
    };
  });
  entries.sort((a, b) => Buffer.compare(a.order, b.order));
  const body = Buffer.concat(entries.map(({ bytes }) => bytes));
  return createHash('sha1').update(`tree ${body.length}\0`).update(body).digest('hex');
}

/** The id that git gives a policy tree, computed from its files alone: archived trees are checked by it (invariant 1). */
export function policyTreeId({ files, executable = [] }: PolicyTree): string {
  const executables = new Set(executable);
  const entries = Object.entries(files).map(([path, text]) => {
    const content = Buffer.from(text);
    const oid = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
    return [path, { mode: executables.has(path) ? '100755' : '100644', oid }] as const;
  });
  return treeId(new Map(entries));
}
