import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));

interface Cruise {
  readonly modules: readonly {
    readonly source: string;
    readonly dependencies: readonly { readonly module: string; readonly resolved: string }[];
  }[];
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: readonly {
      readonly from: string;
      readonly to: string;
      readonly rule: { readonly name: string };
    }[];
  };
}

function cruise(cwd: string, ...folders: string[]): Cruise {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs'),
      ...['--config', join(root, '.dependency-cruiser.cjs'), '--output-type', 'json', ...folders],
    ],
    { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  if (stderr !== '') throw new Error(stderr);
  return JSON.parse(stdout) as Cruise;
}

/** A room of the page: its folders and files, and what it may import, as the page names it. */
interface Room {
  readonly paths: readonly string[];
  readonly may: readonly string[];
}

/** The table of `docs/architecture.md`. */
const rooms: readonly Room[] = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, names, , may] = line.split('|').map((cell) => cell.trim());
    const paths = [...(names ?? '').matchAll(/`((?:src|lab|bench)[^`]*)`/g)].flatMap(([, path]) =>
      expand(path ?? ''),
    );
    return may === undefined || paths.length === 0 || !/^`/.test(names ?? '')
      ? []
      : [{ paths, may: may.split(', ') }];
  });

/** `a/{b,c}/` is `a/b/` and `a/c/`. */
function expand(path: string): string[] {
  const [, before = '', names = '', after = ''] = /^(.*)\{(.*)\}(.*)$/.exec(path) ?? [];
  return names === '' ? [path] : names.split(',').map((name) => before + name + after);
}

const inside = (path: string, file: string) =>
  path.endsWith('/') ? file.startsWith(path) : path === file;

/** A file that stands for each folder of the page, and the single files that the page names. */
const samples = [
  ...rooms.flatMap(({ paths }) => paths.map((path) => (path.endsWith('/') ? `${path}b.ts` : path))),
  ...rooms
    .flatMap(({ may }) => may.map((name) => `src/${name}.ts`))
    .filter((path) => path.split('/').length > 2 && existsSync(join(root, path))),
];

/** The samples that a room may import: a name is looked for beside the room, then in `src`, then at the root. */
function allowed(path: string, may: readonly string[]): ReadonlySet<string> {
  const beside = path.replace(/[^/]+\/?$/, '');
  const named = may.flatMap((name) => {
    if (name === 'nothing of Daypass') return [];
    if (name === 'src but bin')
      return samples.filter((one) => one.startsWith('src/') && !one.startsWith('src/bin/'));
    for (const base of [beside, 'src/', '']) {
      const found = samples.filter(
        (one) => one.startsWith(`${base}${name}/`) || one === `${base}${name}.ts`,
      );
      if (found.length > 0) return found;
    }
    throw new Error(`docs/architecture.md names ${name}, and there is no such room.`);
  });
  return new Set([...named, ...samples.filter((one) => inside(path, one))]);
}

describe('the import table', () => {
  /** What the page does not say: libraries, single programs and tests. Paths are from `src/`. */
  const table: readonly { room: string; may: string[]; mayNot: string[] }[] = [
    ...rooms
      .flatMap(({ paths }) => paths)
      .filter((path) => path.startsWith('src/core/'))
      .map((path) => ({
        room: `${path.slice('src/'.length)}a.ts`,
        may: ['yaml', 'node:crypto'],
        mayNot: ['node:fs', 'pg', 'pino'],
      })),
    { room: 'core/attic/a.ts', may: [], mayNot: ['core/reading/b.ts'] },
    { room: 'workflows/land/a.ts', may: ['date-fns'], mayNot: ['node:fs', 'pg'] },
    { room: 'workflows/attic/a.ts', may: [], mayNot: ['core/reading/b.ts'] },
    { room: 'clients/github/app.ts', may: ['@octokit/rest', 'node:fs'], mayNot: ['pg'] },
    { room: 'adapters/github/a.ts', may: ['@octokit/rest', 'node:fs'], mayNot: ['pg'] },
    { room: 'providers/postgres/a.ts', may: ['pg'], mayNot: ['bullmq'] },
    { room: 'providers/github-team/a.ts', may: [], mayNot: ['bullmq'] },
    { room: 'http/route.ts', may: ['probot'], mayNot: ['kysely'] },
    { room: 'config.ts', may: ['zod'], mayNot: [] },
    { room: 'compose/worker.ts', may: [], mayNot: ['../test/a.ts'] },
    {
      room: 'compose/web.ts',
      may: ['adapters/postgres/a.ts', 'clients/postgres.ts', 'clients/deadline.ts'].concat([
        ...['http/a.ts', 'config.ts'],
      ]),
      // Invariant 25: what faces the internet loads nothing of what reaches others.
      mayNot: ['adapters/opa/a.ts', 'adapters/github/a.ts', 'clients/github/a.ts'].concat([
        ...['clients/a.ts', 'providers/github/a.ts', 'bin/a.ts'],
      ]),
    },
    {
      room: 'bin/web.ts',
      may: ['bin/a.ts', 'compose/web.ts', 'config.ts', 'http/a.ts', 'core/grant/b.ts'],
      mayNot: ['adapters/github/a.ts', 'workflows/run/a.ts', 'clients/a.ts', 'pg'],
    },
    {
      room: '../lab/github/a.ts',
      may: ['../lab/acme/a.ts', 'core/grant/b.ts', 'adapters/postgres/a.ts', 'compose/worker.ts'],
      mayNot: ['bin/a.ts', '../test/core/a.ts', '../bench/a.ts', '../setup/a.ts'],
    },
    {
      room: '../bench/main.ts',
      may: ['../bench/a.ts', '../lab/a.ts', 'core/grant/b.ts', 'adapters/opa/a.ts', 'pg'],
      mayNot: ['bin/a.ts', '../test/core/a.ts', '../test/support/a.ts', '../setup/a.ts'],
    },
    ...[
      'core/ledger/a',
      'policies/a',
      'workflows/a',
      'config',
      'bench/statistics',
      'bench/table',
    ].map((unit) => ({
      room: `../test/${unit}.test.ts`,
      may: ['core/grant/b.ts', '../test/support/a.ts', '../lab/acme/a.ts', 'node:fs'],
      mayNot: ['adapters/postgres/a.ts', 'clients/a.ts', '../lab/servers/a.ts'].concat([
        ...['../lab/processes/a.ts', 'pg', 'node:child_process'],
      ]),
    })),
    { room: '../test/adapters/a.test.ts', may: ['adapters/postgres/a.ts', 'pg'], mayNot: [] },
    {
      room: 'workflows/run/watch.ts',
      may: [],
      mayNot: ['../bench/a.ts', '../lab/a.ts', '../test/a.ts'],
    },
    { room: 'attic/a.ts', may: [], mayNot: ['core/grant/b.ts'] },
  ];

  /** The file of a room that imports all others. */
  const pageFile = (path: string) => (path.endsWith('/') ? `${path}page.ts` : path);
  const othersThan = (path: string) => samples.filter((one) => !inside(path, one));
  const importsOf = (path: string) =>
    othersThan(path)
      .map((to) => relative(dirname(pageFile(path)), to).replace(/\.ts$/, '.js'))
      .map((to) => `import '${to.startsWith('.') ? to : `./${to}`}';\n`)
      .join('');

  let house: string;
  let seen: Cruise;

  beforeAll(async () => {
    house = await mkdtemp(join(tmpdir(), 'daypass-house-'));
    await symlink(join(root, 'node_modules'), join(house, 'node_modules'));
    await writeFile(join(house, 'tsconfig.json'), '{}');
    const files = new Map<string, string>();
    for (const { may, mayNot } of table) {
      for (const to of [...may, ...mayNot]) if (to.endsWith('.ts')) files.set(to, '');
    }
    for (const { room, may, mayNot } of table) {
      const imports = [...may, ...mayNot].map((to) => {
        const path = to.endsWith('.ts')
          ? relative(dirname(`src/${room}`), `src/${to}`).replace(/\.ts$/, '.js')
          : to;
        return `import '${path.startsWith('.') || path === to ? path : `./${path}`}';\n`;
      });
      files.set(room, imports.join(''));
    }
    files.set('core/grant/ring/a.ts', `import './b.js';\n`);
    files.set('core/grant/ring/b.ts', `import type {} from './a.js';\n`);
    for (const sample of samples.map((one) => relative('src', one)))
      files.set(sample, files.get(sample) ?? '');
    for (const path of rooms.flatMap((room) => room.paths)) {
      const from = relative('src', pageFile(path));
      files.set(from, (files.get(from) ?? '') + importsOf(path));
    }
    for (const [path, text] of files) {
      await mkdir(dirname(join(house, 'src', path)), { recursive: true });
      await writeFile(join(house, 'src', path), text);
    }
    seen = cruise(house, 'src', 'lab', 'test', 'bench');
  }, 240_000);

  afterAll(() => rm(house, { recursive: true, force: true }));

  /** What is wrong about `room` importing `to`: the names of the rules. */
  function broken(room: string, to: string): string[] {
    const source = normalize(`src/${room}`);
    const path = normalize(`src/${to}`);
    const from = seen.modules.find((each) => each.source === source);
    const target = to.replace(/^node:/, '');
    const edge = from?.dependencies.find(
      ({ resolved, module }) => resolved === path || module.replace(/^node:/, '') === target,
    );
    if (!edge) throw new Error(`The fixture has no import of ${to} in ${room}.`);
    return seen.summary.violations
      .filter((each) => each.from === source && each.to === edge.resolved)
      .map((each) => each.rule.name)
      .filter((name) => name !== 'no-cycles');
  }

  test.each(rooms.flatMap(({ paths, may }) => paths.map((path) => ({ path, may }))))(
    'docs/architecture.md: $path may import $may',
    ({ path, may }) => {
      const from = relative('src', pageFile(path));
      const found = othersThan(path).filter((to) => broken(from, relative('src', to)).length === 0);
      const own = samples.filter((one) => inside(path, one));
      expect(new Set([...found, ...own])).toEqual(allowed(path, may));
    },
  );

  test.each(table)('$room may import $may', ({ room, may }) => {
    expect(may.flatMap((to) => broken(room, to))).toEqual([]);
  });

  test.each(table)('$room may not import $mayNot', ({ room, mayNot }) => {
    expect(mayNot.filter((to) => broken(room, to).length === 0)).toEqual([]);
  });

  test('a cycle is detected, of types too', () => {
    const cycles = seen.summary.violations.filter((each) => each.rule.name === 'no-cycles');
    expect(cycles.map((each) => each.from)).toContain('src/core/grant/ring/a.ts');
  });
});

describe('this house', () => {
  test('keeps the import table and has no cycles', async () => {
    const { summary, modules } = cruise(root, 'src', 'lab', 'test', 'bench');
    expect(summary.violations).toEqual([]);
    const cruised = modules.map(({ source }) => source);
    for (const file of await sources()) expect(cruised).toContain(file);
  }, 240_000);

  test('each of its files is in one room of docs/architecture.md', async () => {
    const files = (await sources()).filter((file) => /^(src|lab|bench)\//.test(file));
    const homeless = files.filter(
      (file) =>
        rooms.flatMap(({ paths }) => paths).filter((path) => inside(path, file)).length !== 1,
    );
    expect(homeless).toEqual([]);
    expect(rooms.length).toBeGreaterThan(20);
  });

  test('its unit tests are those that may start nothing', async () => {
    const { default: jest } = (await import(join(root, 'jest.config.js'))) as {
      default: { projects: { testRegex: string; testPathIgnorePatterns?: string[] }[] };
    };
    const rules = createRequire(import.meta.url)('../.dependency-cruiser.cjs') as {
      forbidden: { name: string; from: { path: string; pathNot: string } }[];
    };
    const { testRegex = '', testPathIgnorePatterns: ignored = [] } = jest.projects[0] ?? {};
    const rule = rules.forbidden.find(({ name }) => name === 'unit-tests-start-nothing');
    const tests = (await readdir(join(root, 'test'), { recursive: true }))
      .map((name) => `test/${name}`)
      .filter((name) => name.endsWith('.test.ts'));
    const unit = tests.filter(
      (name) =>
        new RegExp(testRegex).test(`/${name}`) &&
        !ignored.some((one) => new RegExp(one).test(name)),
    );
    expect(unit.length).toBeGreaterThan(30);
    expect(
      tests.filter(
        (name) =>
          rule &&
          new RegExp(rule.from.path).test(name) &&
          !new RegExp(rule.from.pathNot).test(name),
      ),
    ).toEqual(unit);
  });

  test('has no file over 250 lines and no folder of more than 20 files', async () => {
    const files = (await sources()).filter((file) => file.startsWith('src/'));
    const found = await readdir(join(root, 'src'), { recursive: true, withFileTypes: true });
    const folders = new Map<string, number>();
    for (const { parentPath } of found.filter((one) => one.isFile())) {
      folders.set(parentPath, (folders.get(parentPath) ?? 0) + 1);
    }
    const full = [...folders].filter(
      ([name, count]) => count > 20 && !name.endsWith('/migrations'),
    );
    expect(full).toEqual([]);
    const long = await Promise.all(
      files.map(async (file) => ({
        file,
        lines: (await readFile(join(root, file), 'utf8')).split('\n').length - 1,
      })),
    );
    expect(long.filter(({ lines }) => lines > 250)).toEqual([]);
  });

  test('has no rooms for odds and ends', async () => {
    const odd = /(^|\/)(utils?|helpers?|common|misc|shared)(\/|\.)/;
    expect((await sources()).filter((file) => odd.test(file))).toEqual([]);
  });
});

async function sources(): Promise<string[]> {
  const of = async (room: string) => {
    const names = await readdir(join(root, room), { recursive: true });
    return names.filter((name) => name.endsWith('.ts')).map((name) => `${room}/${name}`);
  };
  return (await Promise.all(['src', 'lab', 'bench'].map(of))).flat();
}
