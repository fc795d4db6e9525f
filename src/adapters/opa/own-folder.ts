import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Runs `act` in a new folder below `folder` that holds these sources (by path below `policies/`), and always removes it
 * afterwards.
 */
export async function inOwnFolder<Result>(
  folder: string,
  rego: Readonly<Record<string, string>>,
  act: (own: string) => Promise<Result>,
): Promise<Result> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const own = await mkdtemp(join(folder, 'opa-'));
  try {
    for (const [path, content] of Object.entries(rego)) {
      await mkdir(dirname(join(own, path)), { recursive: true });
      await writeFile(join(own, path), content);
    }
    return await act(own);
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}
