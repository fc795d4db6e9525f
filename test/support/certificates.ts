import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** Who may sign certificates. */
export interface Authority extends Pair {
  /**
   * Signs a certificate with these names (as OpenSSL writes them, or as an ASN.1 section of `extra`), for this use, from
   * now on for so many days; fewer than none has ended.
   */
  signs(
    names: string,
    of?: {
      readonly use?: 'clientAuth' | 'serverAuth';
      readonly days?: number;
      readonly extra?: string;
    },
  ): Pair;
}

/** An authority of its own, made by OpenSSL. */
export function authority(): Authority {
  const own = made((at) => {
    openssl([
      'req',
      '-x509',
      '-subj',
      '/CN=authority',
      '-days',
      '2',
      ...newKey(at),
      '-out',
      at('cert'),
    ]);
  });
  return {
    ...own,
    signs: (names, { use = 'clientAuth', days = 2, extra = '' } = {}) =>
      made((at) => {
        writeFileSync(at('ca-cert'), own.cert);
        writeFileSync(at('ca-key'), own.key);
        writeFileSync(at('ext'), `subjectAltName=${names}\nextendedKeyUsage=${use}\n${extra}\n`);
        openssl(['req', '-new', '-subj', '/CN=caller', ...newKey(at), '-out', at('request')]);
        const by = ['-CA', at('ca-cert'), '-CAkey', at('ca-key'), '-CAcreateserial'];
        const form = ['-extfile', at('ext'), '-days', String(days)];
        openssl(['x509', '-req', '-in', at('request'), ...by, ...form, '-out', at('cert')]);
      }),
  };
}

const newKey = (at: (name: string) => string) => [
  ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', at('key')],
];

function made(make: (at: (name: string) => string) => void): Pair {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-certificates-'));
  const at = (name: string) => join(folder, name);
  try {
    make(at);
    return { cert: readFileSync(at('cert'), 'utf8'), key: readFileSync(at('key'), 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}
