import { EVERY } from '../../core/reading/names.js';
import { quote, someOf, type Problem } from '../../core/reading/problem.js';
import type { ReasonCode } from '../../core/reading/reason.js';
import { TREE } from './limits.js';

const DATA =
  /^(settings\.yaml|identities\.yaml|enforcement\.yaml|catalog\/[a-z0-9][a-z0-9-]{0,63}\.yaml)$/;
const NAME = '[a-z][a-z0-9_]{0,63}';
const LIB = new RegExp(`^access/lib/(${NAME}?)(?:_test)?\\.rego$`);
const RULE = new RegExp(`^access/rules/([a-z0-9][a-z0-9-]{0,63})/(${NAME})/\\2(?:_test)?\\.rego$`);
const ENTRY = /^access\/(request|use)\.rego$/;
const NEEDED = ['settings.yaml', 'access/request.rego', 'access/use.rego'];
const ALLOWED =
  'README.md, settings.yaml, identities.yaml, enforcement.yaml, catalog/<resource>.yaml, access/request.rego, access/use.rego, ' +
  'access/lib/<name>.rego and access/rules/<environment or every>/<rule>/<rule>.rego, each with <name>_test.rego';

/** The data files of a tree, by path below `policies/`. */
export function dataFiles(
  files: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(files).filter(([path]) => DATA.test(path)));
}

/**
 * What does not belong in `policies/`: files with other names, too many or too large files, and Rego whose package does
 * not match its path, so that no rule would be found. `environments` are those of the settings, or null when they are
 * not known yet.
 */
export function checkLayout(
  files: Readonly<Record<string, string>>,
  environments: readonly string[] | null,
): readonly Problem[] {
  const paths = Object.keys(files).sort();
  const bytes = paths.map((path) => Buffer.byteLength(files[path] ?? ''));
  const total = bytes.reduce((sum, size) => sum + size, 0);
  const problems: Problem[] = [];
  const say: SayOfPath = (path, code, message, line = null) => {
    problems.push({ path: `policies/${path}`, line, code, message });
  };
  const large = (path: string, message: string) => say(path, 'too_large', message);
  if (paths.length > TREE.files)
    large('', `${paths.length} files; at most ${TREE.files} are read.`);
  if (total > TREE.bytes) large('', `${total} bytes; at most ${TREE.bytes} are read.`);
  if (problems.length > 0) return problems;
  for (const needed of NEEDED)
    if (!Object.hasOwn(files, needed)) say(needed, 'missing_file', 'This file is missing.');
  for (const [index, path] of paths.entries()) {
    const size = bytes[index] ?? 0;
    if (size > TREE.file_bytes) large(path, `${size} bytes; at most ${TREE.file_bytes} are read.`);
    else if (DATA.test(path) || path === 'README.md') continue;
    else checkRego(path, files[path] ?? '', environments, say);
  }
  return problems;
}

type SayOfPath = (path: string, code: ReasonCode, message: string, line?: number | null) => void;

function checkRego(
  path: string,
  content: string,
  environments: readonly string[] | null,
  say: SayOfPath,
): void {
  const allowed = packagesFor(path);
  if (allowed === null) {
    say(path, 'wrong_path', `Nothing is read from this path. Allowed are ${ALLOWED}.`);
    return;
  }
  const scope = RULE.exec(path)?.[1];
  if (environments !== null && scope !== undefined && ![EVERY, ...environments].includes(scope)) {
    say(
      path,
      'unknown_environment',
      `${quote(scope)} is not an environment of settings.yaml. Use ${someOf(environments)} or ${EVERY}.`,
    );
  }
  const declared = packageOf(content);
  if (declared === null)
    say(path, 'wrong_package', `There is no package clause. Expected package ${allowed[0] ?? ''}.`);
  else if (
    path.endsWith('_test.rego') ? !TEST.test(declared.name) : !allowed.includes(declared.name)
  ) {
    say(
      path,
      'wrong_package',
      `The package is ${quote(declared.name)}; at this path it has to be ${allowed[0] ?? ''}.`,
      declared.line,
    );
  }
}

const TEST = /^access_test\b/;

/** The package that a Rego file must have at its path, in each spelling; null for a path that may have no Rego. */
function packagesFor(path: string): readonly string[] | null {
  const lib = LIB.exec(path);
  const rule = RULE.exec(path);
  const entry = ENTRY.exec(path);
  if (path.endsWith('_test.rego') && (lib ?? rule) !== null) return ['access_test.…'];
  if (lib) return [`access.lib.${lib[1] ?? ''}`];
  if (rule) {
    const [, scope = '', name = ''] = rule;
    const bracketed = `access.rules["${scope}"].${name}`;
    return scope.includes('-') ? [bracketed] : [`access.rules.${scope}.${name}`, bracketed];
  }
  if (entry) return ['access', `access.${entry[1] ?? ''}`];
  return null;
}

/** The package clause, which comes before every other statement. */
function packageOf(content: string): { name: string; line: number } | null {
  const lines = content.split('\n');
  const at = lines.findIndex((line) => !/^\s*(#|$)/.test(line));
  const name = /^\s*package\s+(\S+)\s*(#.*)?$/.exec(lines[at] ?? '')?.[1];
  return name === undefined ? null : { name, line: at + 1 };
}
