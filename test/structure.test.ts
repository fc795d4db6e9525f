import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
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

/** The wings of the core, in the order in which a grant passes them: what stands before may be imported, what comes after not. */
const ORDER = ['reading', 'grant', 'policy', 'change', 'decision', 'ledger', 'report'];
const WINGS: readonly { wing: string; may: string[]; mayNot: string[] }[] = [
  ...ORDER.map((wing, at) => ({
    wing,
    may: ORDER.slice(0, at),
    mayNot: [...ORDER.slice(at + 1), 'events', 'work'],
  })),
  { wing: 'work', may: ['reading'], mayNot: [...ORDER.slice(1), 'events'] },
  { wing: 'events', may: [...ORDER.slice(0, -1), 'work'], mayNot: ['report'] },
];

describe('the import table', () => {
  /** DESIGN.md's table: for each room what it may and what it may not import, as paths from `src/`. */
  const table: readonly { room: string; may: string[]; mayNot: string[] }[] = [
    ...WINGS.map(({ wing, may, mayNot }) => ({
      room: `core/${wing}/a.ts`,
      may: [...may.map((one) => `core/${one}/b.ts`), 'yaml', 'node:crypto'],
      mayNot: [
        ...mayNot.map((one) => `core/${one}/b.ts`),
        ...['ports.ts', 'workflows/a/b.ts', 'clients/a.ts', 'adapters/github/a.ts'],
        ...['node:fs', 'pg', 'pino'],
      ],
    })),
    { room: 'core/attic/a.ts', may: [], mayNot: ['core/reading/b.ts'] },
    {
      room: 'ports.ts',
      may: ['core/grant/b.ts', 'ports/a.ts'],
      mayNot: ['workflows/run/a.ts', 'adapters/opa/a.ts', 'clients/a.ts', 'config.ts'],
    },
    {
      room: 'workflows/land/a.ts',
      may: ['workflows/judge/a.ts', 'core/grant/b.ts', 'ports.ts', 'date-fns'],
      mayNot: [
        ...['adapters/github/a.ts', 'clients/a.ts', 'providers/postgres/a.ts', 'http/a.ts'],
        ...['node:fs', 'pg'],
      ],
    },
    {
      room: 'clients/github/app.ts',
      may: ['clients/a.ts', 'core/reading/b.ts', 'core/work/b.ts', 'ports/faults.ts'].concat([
        ...['@octokit/rest', 'node:fs'],
      ]),
      mayNot: ['core/grant/b.ts', 'ports.ts', 'workflows/run/a.ts', 'adapters/github/a.ts'].concat([
        ...['providers/github/a.ts', 'config.ts', 'pg'],
      ]),
    },
    {
      room: 'adapters/github/a.ts',
      may: ['adapters/github/git/a.ts', 'core/grant/b.ts', 'ports.ts', 'clients/a.ts'].concat([
        ...['@octokit/rest', 'node:fs'],
      ]),
      mayNot: ['adapters/opa/a.ts', 'providers/postgres/a.ts', 'workflows/run/a.ts'].concat([
        ...['config.ts', 'pg'],
      ]),
    },
    {
      room: 'providers/postgres/a.ts',
      may: ['core/grant/b.ts', 'ports.ts', 'clients/a.ts', 'pg'],
      mayNot: ['providers/github/a.ts', 'adapters/postgres/a.ts', 'workflows/run/a.ts', 'bullmq'],
    },
    {
      room: 'providers/github-team/a.ts',
      may: ['providers/github/a.ts', 'core/grant/b.ts', 'ports.ts', 'clients/a.ts'],
      mayNot: ['providers/github-collaborator/a.ts', 'providers/postgres/a.ts', 'bullmq'],
    },
    {
      room: 'providers/list.ts',
      may: ['providers/github-team/a.ts', 'core/grant/b.ts', 'ports.ts'],
      mayNot: ['adapters/postgres/a.ts', 'workflows/run/a.ts'],
    },
    {
      room: 'http/route.ts',
      may: ['http/a.ts', 'workflows/run/a.ts', 'core/grant/b.ts', 'ports.ts', 'probot'],
      mayNot: ['adapters/postgres/a.ts', 'providers/github/a.ts', 'compose/worker.ts', 'kysely'],
    },
    {
      room: 'config.ts',
      may: ['core/grant/b.ts', 'zod'],
      mayNot: ['ports.ts', 'compose/worker.ts'],
    },
    {
      room: 'compose/worker.ts',
      may: ['adapters/opa/a.ts', 'providers/github/a.ts', 'http/a.ts', 'clients/a.ts', 'config.ts'],
      mayNot: ['bin/a.ts', '../lab/a.ts', '../test/a.ts'],
    },
    {
      room: 'compose/web.ts',
      may: ['adapters/postgres/a.ts', 'clients/postgres.ts', 'http/a.ts', 'config.ts'],
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
      'http/a',
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
    for (const [path, text] of files) {
      await mkdir(dirname(join(house, 'src', path)), { recursive: true });
      await writeFile(join(house, 'src', path), text);
    }
    seen = cruise(house, 'src', 'lab', 'test', 'bench');
  }, 60_000);

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

  test.each(table)('$room may import $may', ({ room, may }) => {
    expect(may.flatMap((to) => broken(room, to))).toEqual([]);
  });

  test.each(table)('$room may not import $mayNot', ({ room, mayNot }) => {
    expect(mayNot.filter((to) => broken(room, to).length === 0)).toEqual([]);
  });

  test('a cycle is caught, of types too', () => {
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
  }, 60_000);

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
