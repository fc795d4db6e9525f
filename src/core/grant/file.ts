import { quote, type Parsed, type Problem } from '../reading/problem.js';
import type { ReasonCode } from '../reading/reason.js';
import { readUtf8 } from '../reading/utf8.js';

/** A version of a file as git has it: the mode, and the bytes unless they were not read. */
export interface GitFile {
  readonly mode: string;
  readonly content: Uint8Array | null;
}

/** A grant file is not larger. Bytes. */
export const GRANT_BYTES = 16 * 1024;

const KINDS: Readonly<Record<string, string>> = {
  '100755': 'an executable file',
  '120000': 'a symbolic link',
  '160000': 'a submodule',
};

/** The text of a plain file in git: mode 100644, at most 16 KiB, UTF-8 without a byte order mark. */
export function readText(path: string, version: GitFile): Parsed<string> {
  const refuse = (
    code: ReasonCode,
    message: string,
    line: number | null = null,
  ): Parsed<string> => {
    const problem: Problem = { path, line, code, message };
    return { ok: false, problems: [problem] };
  };
  const { mode, content } = version;
  if (mode !== '100644') {
    const found = KINDS[mode] ?? `the mode ${quote(mode)}`;
    return refuse('not_a_plain_file', `found ${found}; a plain file is allowed (mode 100644)`);
  }
  if (content === null || content.length > GRANT_BYTES) {
    const size = content === null ? 'a file that is too large' : `${content.length} bytes`;
    return refuse('too_large', `found ${size}; at most ${GRANT_BYTES} bytes are allowed`);
  }
  const text = readUtf8(content);
  if (text === null) {
    const message = 'found bytes that are not UTF-8; UTF-8 is allowed';
    return refuse('not_utf8', message, firstBadLine(content));
  }
  if (text.startsWith('\ufeff')) {
    return refuse('not_utf8', 'found a byte order mark; UTF-8 without one is allowed', 1);
  }
  return { ok: true, value: text };
}

/** A line feed is never part of another character in UTF-8, so that each line can be tried for itself. */
function firstBadLine(bytes: Uint8Array): number {
  let line = 1;
  let start = 0;
  for (;;) {
    const end = bytes.indexOf(0x0a, start);
    if (end === -1 || readUtf8(bytes.subarray(start, end)) === null) return line;
    line += 1;
    start = end + 1;
  }
}
