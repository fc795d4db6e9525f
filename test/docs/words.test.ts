import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The names that a file itself exports, without re-exports, and the types that it declares for itself. */
function declared(source: ts.SourceFile): readonly string[] {
  return source.statements.flatMap((statement) => {
    if (!ts.canHaveModifiers(statement)) return [];
    const modifiers = ts.getModifiers(statement) ?? [];
    const isExported = modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    const isType =
      ts.isInterfaceDeclaration(statement) ||
      ts.isTypeAliasDeclaration(statement) ||
      ts.isClassDeclaration(statement);
    if (!isExported && !isType) return [];
    if (ts.isVariableStatement(statement)) {
      return statement.declarationList.declarations.flatMap(({ name }) =>
        ts.isIdentifier(name) ? [name.text] : [],
      );
    }
    return 'name' in statement && statement.name && ts.isIdentifier(statement.name)
      ? [statement.name.text]
      : [];
  });
}

/** Every name that a file gives to something: variables, parameters, functions, types, members. */
function given(source: ts.SourceFile): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    const { name } = node as { name?: ts.Node };
    if (name && (ts.isIdentifier(name) || ts.isStringLiteral(name))) names.add(name.text);
    node.forEachChild(visit);
  };
  visit(source);
  return names;
}

/** The files of `src`. The name of a migration is that of its file. */
const sources = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.includes('migrations/'))
  .map((name) => `src/${name}`)
  .map((path) =>
    ts.createSourceFile(path, readFileSync(root + path, 'utf8'), ts.ScriptTarget.Latest),
  );

/** Where each name that `src` exports, and each type, is declared. */
const homes = new Map<string, string[]>();
for (const source of sources)
  for (const word of declared(source))
    homes.set(word, [...(homes.get(word) ?? []), source.fileName]);

/** Words with one meaning, and where it is at home: endings and locks, the catalog's access and origins of access. */
const KEPT = {
  held: /^src\/(core\/ledger|workflows\/land|adapters\/postgres\/embedded|bin\/commands\/grants\.ts)/,
  standing: /^src\/(core\/(policy|ledger)|workflows\/grant|providers)\//,
};

/** The names in the page's list: `name`, what it means, where it is declared. */
const settled = readFileSync(`${root}docs/words.md`, 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, name, path] = /^\| `(\w+)`\s*\|.*\| `(src\/[\w./-]+)`\s*\|$/.exec(line) ?? [];
    return name !== undefined && path !== undefined ? [{ name, path }] : [];
  });

describe('docs/words.md', () => {
  test.each(Object.entries(KEPT))('%s means one thing', (word, home) => {
    const naming = sources.filter((source) => given(source).has(word));
    const paths = naming.map(({ fileName }) => fileName);
    expect(paths.filter((path) => home.test(path))).not.toEqual([]);
    expect(paths.filter((path) => !home.test(path))).toEqual([]);
  });

  test('an exported name and a type mean one thing', () => {
    expect(homes.size).toBeGreaterThan(500);
    const several = [...homes].filter(([, paths]) => paths.length > 1);
    expect(several).toEqual([]);
  });

  test('the names that it lists exist', () => {
    expect(settled.length).toBeGreaterThan(30);
    expect(settled.filter(({ name, path }) => homes.get(name)?.[0] !== path)).toEqual([]);
  });
});
