import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stage, type Stage } from '../support/set-up.js';

const getOpa = [process.execPath, 'setup/opa.mjs'] as const;
const program = (version: string) => `#!/bin/sh\necho "Version: ${version}"\n`;

let here: Stage;
let own: string;

beforeEach(async () => {
  here = await stage();
  own = join(here.folder, '.daypass/tools/bin/opa');
});

afterEach(() => here.remove());

/** Environment in which a download gets these bodies, by the end of the URL; null is no network. */
function network(bodies: Record<string, string> | null): Record<string, string> {
  const answer = `globalThis.fetch = async (url) => {
    const bodies = ${JSON.stringify(bodies)};
    if (bodies === null) throw new TypeError('fetch failed', { cause: new Error('no network') });
    return new Response(bodies[url.endsWith('.sha256') ? 'sha256' : 'binary']);
  };`;
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(answer)}`;
  return { PATH: `${join(here.folder, 'bin')}:/bin`, HOME: '/nonexistent', NODE_OPTIONS };
}

describe('setup/opa.mjs', () => {
  test('takes the one on the PATH', async () => {
    await here.write('bin/opa', program('1.22.2'));
    const { code, stdout } = await here.run(getOpa, network(null));
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${join(here.folder, 'bin/opa')}\n` });
  });

  test('another version on the PATH is told and passed over for the one got before', async () => {
    await here.write('bin/opa', program('1.21.0'));
    await here.write('.daypass/tools/bin/opa', program('1.22.2'));
    const { code, stdout, stderr } = await here.run(getOpa, network(null));
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${own}\n` });
    expect(stderr).toContain('is version 1.21.0, and 1.22.2 is needed');
  });

  test('builds it where Go is new enough', async () => {
    const build = `mkdir -p "$GOBIN" && printf '#!/bin/sh\\necho "Version: 1.22.2"\\n' > "$GOBIN/opa" && chmod +x "$GOBIN/opa"`;
    await here.write(
      'bin/go',
      `#!/bin/sh\n[ "$1" = env ] && echo go1.26.8 && exit\n[ "$GOCACHE" ] || exit 1\n${build}\n`,
    );
    const { code, stdout } = await here.run(getOpa, network(null));
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${own}\n` });
  });

  test('an old Go is not tried; the release binary is fetched and held to its checksum', async () => {
    await here.write('bin/go', '#!/bin/sh\necho go1.19.8\n');
    const binary = program('1.22.2');
    const sha256 = `${createHash('sha256').update(binary).digest('hex')}  opa_linux_amd64_static\n`;
    const { code, stdout, stderr } = await here.run(getOpa, network({ binary, sha256 }));
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${own}\n` });
    expect(stderr).toContain('no Go 1.26 or newer');
    expect(await readFile(own, 'utf8')).toBe(binary);
  });

  test('a binary that differs from its checksum is not kept', async () => {
    const answers = { binary: program('1.22.2'), sha256: `${'0'.repeat(64)}  opa\n` };
    const { code, stdout, stderr } = await here.run(getOpa, network(answers));
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('its SHA-256 is');
    await expect(readFile(own)).rejects.toThrow('ENOENT');
  });

  test('where it cannot be had, says why and what to do, and ends with 3', async () => {
    const { code, stdout, stderr } = await here.run(getOpa, network(null));
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('no network');
    expect(stderr).toContain(
      'OPA could not be found, built or downloaded. Put `opa` 1.22.2 on the PATH',
    );
  });
});
