import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { rulesProblem } from '../../core/policy/tree.js';
import type { Parsed, Problem } from '../../core/reading/problem.js';
import type { ReasonCode } from '../../core/reading/reason.js';
import { CAPABILITIES, ENTRYPOINTS, OPA_VERSION, SCHEMAS } from './assets.js';
import { COMPILE } from './limits.js';
import { inOwnFolder, RESULT } from './own-folder.js';
import { jsonOf, runLimited, type OpaPlace } from './sandbox.js';
import { fileInTarball } from './tar.js';
import { readOpaVersion } from './version.js';

/** What `opa check --format json` prints about mistakes. */
const checkErrors = z.object({
  errors: z.array(
    z.object({
      message: z.string(),
      location: z.object({ file: z.string(), row: z.number().int() }).optional(),
    }),
  ),
});

/**
 * Checks Rego sources against the JSON Schemas and compiles them to wasm, in a sandbox and with the built-ins
 * of the allow-list. `opa` is the path of OPA's program, `rego` the sources by path below `policies/`,
 * `place` where to do it. `-O0`: higher levels were seen to compile policies over run-time data to
 * a constant denial.
 */
export async function compile(
  opa: string,
  rego: Readonly<Record<string, string>>,
  place: OpaPlace,
): Promise<Parsed<Uint8Array>> {
  return inOwnFolder(place, rego, async (own) => {
    const { version } = await readOpaVersion(opa, place.account);
    if (version !== OPA_VERSION) {
      return failed(
        'opa_missing',
        `Policies are compiled with OPA ${OPA_VERSION}; ${opa} ${version === null ? 'does not run' : `is ${version}`}.`,
      );
    }
    const capabilities = ['--capabilities', CAPABILITIES];
    const check = await runLimited(
      opa,
      ['check', '--strict', ...capabilities, '--schema', SCHEMAS, '--format', 'json', 'access'],
      own,
    );
    if (check.code !== 0 || check.stopped !== null) return problemsIn(check.stopped, check.output);
    const entrypoints = ENTRYPOINTS.flatMap((entrypoint) => ['-e', entrypoint]);
    const to = ['-o', RESULT, 'access'];
    const build = await runLimited(
      opa,
      ['build', '-t', 'wasm', '-O0', ...entrypoints, ...capabilities, ...to],
      own,
    );
    if (build.code !== 0 || build.stopped !== null) return problemsIn(build.stopped, build.output);
    return wasmOf(join(own.folder, RESULT));
  });
}

async function wasmOf(bundle: string): Promise<Parsed<Uint8Array>> {
  if ((await stat(bundle)).size > COMPILE.wasm_bytes)
    return failed('too_large', `The compiled policy is larger than ${COMPILE.wasm_bytes} bytes.`);
  const wasm = fileInTarball(await readFile(bundle), '/policy.wasm', 2 * COMPILE.wasm_bytes);
  if (wasm === null) return failed('rules_do_not_compile', 'OPA wrote no wasm.');
  return { ok: true, value: Uint8Array.from(wasm) };
}

function problemsIn(stopped: string | null, output: string): Parsed<never> {
  if (stopped !== null)
    return failed('rules_do_not_compile', `The policy was not compiled: ${stopped}.`);
  const found = checkErrors.safeParse(jsonOf(output));
  if (!found.success) return failed('rules_do_not_compile', output.trim().slice(0, 2_000));
  const code = 'rules_do_not_compile';
  const problems = found.data.errors.map(({ message, location }): Problem =>
    location === undefined
      ? rulesProblem(code, message)
      : { path: `policies/${location.file}`, line: location.row, code, message },
  );
  return { ok: false, problems };
}

function failed(code: ReasonCode, message: string): Parsed<never> {
  return { ok: false, problems: [rulesProblem(code, message)] };
}
