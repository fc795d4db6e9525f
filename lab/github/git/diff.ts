import { createHash } from 'node:crypto';
import { askGitOutput } from './run.js';

export type FileStatus = 'added' | 'removed' | 'modified' | 'renamed' | 'copied' | 'changed';

/** One file of a difference, as GitHub lists it. */
export interface FileChange {
  readonly filename: string;
  readonly previous_filename: string | null;
  readonly status: FileStatus;
  /** The blob after the change; for a removed file, the one before it. */
  readonly sha: string;
  readonly additions: number;
  readonly deletions: number;
  /** The hunks, null for binary files and pure renames. */
  readonly patch: string | null;
}

const STATUS: Readonly<Record<string, FileStatus>> = {
  A: 'added',
  D: 'removed',
  M: 'modified',
  R: 'renamed',
  C: 'copied',
  T: 'changed',
};

const patchOf = (section: string | undefined): string | null => {
  const at = section?.indexOf('\n@@') ?? -1;
  return section === undefined || at < 0 ? null : section.slice(at + 1).replace(/\n$/, '');
};

const count = (lines: readonly string[], sign: string): number =>
  lines.filter((line) => line.startsWith(sign)).length;

/** What changed from one tree or commit to another, with renames found by GitHub's rules. */
export async function diffFiles(dir: string, from: string, to: string): Promise<FileChange[]> {
  const args = [
    'diff-tree',
    '-r',
    '-M',
    '--raw',
    '-p',
    '-z',
    '--no-abbrev',
    '--full-index',
    from,
    to,
  ];
  const out = (await askGitOutput(dir, args)).toString();
  // An empty field separates the raw lines from the patch.
  const end = out.indexOf('\0\0');
  const raw = (end < 0 ? out : out.slice(0, end)).split('\0');
  const text = end < 0 ? '' : out.slice(end + 2);
  const sections = text.split(/^diff --git /m).slice(1);
  const files: FileChange[] = [];
  for (let at = 0, section = 0; raw[at]?.startsWith(':');) {
    const [, , before = '', after = '', letter = ''] = raw[at]?.split(' ') ?? [];
    const status = STATUS[letter.charAt(0)] ?? 'modified';
    const two = status === 'renamed' || status === 'copied';
    const patch = patchOf(sections[section]);
    const lines = patch?.split('\n') ?? [];
    files.push({
      filename: raw[at + (two ? 2 : 1)] ?? '',
      previous_filename: two ? (raw[at + 1] ?? null) : null,
      status,
      sha: status === 'removed' ? before : after,
      additions: count(lines, '+'),
      deletions: count(lines, '-'),
      patch,
    });
    at += two ? 3 : 2;
    // A change of type is printed as a removal and an addition.
    section += status === 'changed' ? 2 : 1;
  }
  return files;
}

/** A fingerprint of the patch from `from` to `to`, independent of line numbers. */
export async function patchId(dir: string, from: string, to: string): Promise<string> {
  const hash = createHash('sha256');
  for (const { filename, previous_filename, status, sha, patch } of await diffFiles(
    dir,
    from,
    to,
  )) {
    const what = patch === null ? sha : patch.replace(/^@@ .*? @@/gm, '@@');
    hash.update(JSON.stringify([filename, previous_filename, status, what]));
  }
  return hash.digest('hex');
}
