import { tmpdir } from 'node:os';
import type { OsAccount } from '../../clients/account.js';
import { COMPILE } from './limits.js';
import { runLimited } from './sandbox.js';

/** The version that a program prints as OPA does; null when it prints none, and then `stopped` may say why. */
export async function readOpaVersion(
  opa: string,
  account?: OsAccount,
): Promise<{ readonly version: string | null; readonly stopped: string | null }> {
  const limits = { ...COMPILE, deadline_ms: 10_000 };
  const { output, stopped } = await runLimited(
    opa,
    ['version'],
    { folder: tmpdir(), account },
    limits,
  );
  return { version: /^Version: (\S+)/m.exec(output)?.[1] ?? null, stopped };
}
