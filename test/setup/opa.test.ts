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

/** An environment in which a download gets these bodies, by the end of the URL; null means no network. */
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
  test('uses the one on the PATH', async () => {
    await here.write('bin/opa', program('1.22.2'));
    const { code, stdout } = await here.run(getOpa, network(null));
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${join(here.folder, 'bin/opa')}\n` });
  });

  test('reports another version on the PATH and uses the one from before instead', async () => {
    await here.write('bin/opa', program('1.21.0'));
    await here.write('.daypass/tools/bin/opa', program('1.22.2'));
    const { code, stdout, stderr } = await here.run(getOpa, network(null));
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${own}\n` });
    expect(stderr).toContain('is version 1.21.0, and 1.22.2 is needed');
  });

  test('builds it if Go is new enough', async () => {
    const build = `mkdir -p "$GOBIN" && printf '#!/bin/sh\\necho "Version: 1.22.2"\\n' > "$GOBIN/opa" && chmod +x "$GOBIN/opa"`;
    await here.write(
      'bin/go',
      `#!/bin/sh\n[ "$1" = env ] && echo go1.26.8 && exit\n[ "$GOCACHE" ] || exit 1\n${build}\n`,
    );
    const { code, stdout } = await here.run(getOpa, network(null));
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${own}\n` });
  });

  test('does not try an old Go; it downloads the release binary and compares its checksum', async () => {
    await here.write('bin/go', '#!/bin/sh\necho go1.19.8\n');
    const binary = program('1.22.2');
    const sha256 = `${createHash('sha256').update(binary).digest('hex')}  opa_linux_amd64_static\n`;
    const { code, stdout, stderr } = await here.run(getOpa, network({ binary, sha256 }));
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${own}\n` });
    expect(stderr).toContain('no Go 1.26 or newer');
    expect(await readFile(own, 'utf8')).toBe(binary);
  });

  test('does not keep a binary that differs from its checksum', async () => {
    const answers = { binary: program('1.22.2'), sha256: `${'0'.repeat(64)}  opa\n` };
    const { code, stdout, stderr } = await here.run(getOpa, network(answers));
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('its SHA-256 is');
    await expect(readFile(own)).rejects.toThrow('ENOENT');
  });

  test('if it cannot get OPA, it says why and what to do, and exits with 3', async () => {
    const { code, stdout, stderr } = await here.run(getOpa, network(null));
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('no network');
    expect(stderr).toContain(
      'OPA could not be found, built or downloaded. Put `opa` 1.22.2 on the PATH',
    );
  });
});
