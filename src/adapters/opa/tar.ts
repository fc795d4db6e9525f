import { gunzipSync } from 'node:zlib';

const BLOCK = 512;

/**
 * The content of one file in a gzipped tar (POSIX ustar), or null when there is none.
 * Throws when it is not such an archive, or is larger than `limit` bytes unpacked.
 */
export function fileInTarball(tarball: Uint8Array, name: string, limit: number): Uint8Array | null {
  const tar = gunzipSync(tarball, { maxOutputLength: limit });
  for (let at = 0; at + BLOCK <= tar.length;) {
    const header = tar.subarray(at, at + BLOCK);
    const entry = text(header.subarray(0, 100));
    if (entry === '') return null;
    const size = Number.parseInt(text(header.subarray(124, 136)).trim(), 8);
    const content = tar.subarray(at + BLOCK, at + BLOCK + size);
    if (!Number.isSafeInteger(size) || content.length !== size) throw new Error('a broken archive');
    if (entry === name) return content;
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return null;
}

function text(field: Uint8Array): string {
  const end = field.indexOf(0);
  return Buffer.from(end === -1 ? field : field.subarray(0, end)).toString('utf8');
}
