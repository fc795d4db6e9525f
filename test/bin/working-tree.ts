import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A clone of an access repository on somebody's machine. */
export interface WorkingTree {
  readonly folder: string;
  write(path: string, content: string | Uint8Array): void;
  remove(path: string): void;
  git(...args: readonly string[]): void;
  close(): void;
}

/** A repository whose `main` has these files, on a branch that has no changes yet. */
export function workingTree(files: Readonly<Record<string, string>>): WorkingTree {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-tree-'));
  const tree: WorkingTree = {
    folder,
    write: (path, content) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    },
    remove: (path) => rmSync(join(folder, path), { recursive: true }),
    git: (...args) => {
      const who = ['-c', 'user.name=Alice', '-c', 'user.email=alice@acme.test'];
      execFileSync('git', [...who, ...args], { cwd: folder, stdio: 'pipe' });
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
  tree.git('init', '--quiet', '--initial-branch', 'main');
  for (const [path, content] of Object.entries(files)) tree.write(path, content);
  tree.git('add', '--all');
  tree.git('commit', '--quiet', '--message', 'Base');
  tree.git('switch', '--quiet', '--create', 'work');
  return tree;
}
