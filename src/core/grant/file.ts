import { quote, type Parsed, type Problem } from '../reading/problem.js';
import type { ReasonCode } from '../reading/reason.js';
import { readUtf8 } from '../reading/utf8.js';

/** A version of a file in git: its mode, and its bytes unless they were not read. */
export interface GitFile {
  readonly mode: string;
  readonly content: Uint8Array | null;
}

/** The most that a grant file may have. Bytes. */
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
    const found = KINDS[mode] ?? `a file with the mode ${quote(mode)}`;
    return refuse('not_a_plain_file', `this is ${found}. Use a plain file (mode 100644).`);
  }
  if (content === null || content.length > GRANT_BYTES) {
    const size = content === null ? '' : ` (${content.length} bytes)`;
    const message = `the file is too large${size}. At most ${GRANT_BYTES} bytes are allowed.`;
    return refuse('too_large', message);
  }
  const text = readUtf8(content);
  if (text === null) {
    const message = 'this line is not UTF-8. Save the file as UTF-8.';
    return refuse('not_utf8', message, firstBadLine(content));
  }
  if (text.startsWith('\ufeff')) {
    const message = 'the file begins with a byte order mark. Save it as UTF-8 without one.';
    return refuse('not_utf8', message, 1);
  }
  return { ok: true, value: text };
}

/** In UTF-8 a line feed is never part of another character, so each line can be tried separately. */
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
