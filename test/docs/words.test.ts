import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The names that a file itself exports, without re-exports. */
function exported(path: string): readonly string[] {
  const source = ts.createSourceFile(
    path,
    readFileSync(root + path, 'utf8'),
    ts.ScriptTarget.Latest,
  );
  return source.statements.flatMap((statement) => {
    if (!ts.canHaveModifiers(statement)) return [];
    const modifiers = ts.getModifiers(statement) ?? [];
    if (!modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return [];
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

/** Where each exported name of `src` is declared. The name of a migration is that of its file. */
const homes = new Map<string, string[]>();
for (const name of readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' })) {
  if (!name.endsWith('.ts') || name.includes('migrations/')) continue;
  const path = `src/${name}`;
  for (const word of exported(path)) homes.set(word, [...(homes.get(word) ?? []), path]);
}

/** The names in the page's list: `name`, what it means, where it is declared. */
const settled = readFileSync(`${root}docs/words.md`, 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, name, path] = /^\| `(\w+)`\s*\|.*\| `(src\/[\w./-]+)`\s*\|$/.exec(line) ?? [];
    return name !== undefined && path !== undefined ? [{ name, path }] : [];
  });

describe('docs/words.md', () => {
  test('an exported name means one thing', () => {
    expect(homes.size).toBeGreaterThan(500);
    const several = [...homes].filter(([, paths]) => paths.length > 1);
    expect(several).toEqual([]);
  });

  test('the names that it lists exist', () => {
    expect(settled.length).toBeGreaterThan(30);
    expect(settled.filter(({ name, path }) => homes.get(name)?.[0] !== path)).toEqual([]);
  });
});
