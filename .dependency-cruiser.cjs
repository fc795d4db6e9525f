// The import table of the house (what each room may import) and no cycles; test/structure.test.ts
// holds both to the table. A `$1` in a rule is what the first group of its `from` matched.
const packages = (...names) => names.map((name) => `(^|/)node_modules/${name}(/|$)|^${name}$`);

// Libraries without input and output; SHA-256 is the one thing that the core takes from Node.
const pure = packages('canonicalize', 'date-fns', 'diff', 'yaml', 'zod');

/** Room `from` may import local files only from `to`. */
const room = (name, from, to) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { path: '^(src|test|bench|setup)/', pathNot: to },
});

/** A library is known in its own rooms only. */
const sdk = (name, libraries, rooms) => ({
  name: `sdk-${name}`,
  severity: 'error',
  from: { path: '^src/', pathNot: rooms },
  to: { path: packages(...libraries) },
});

const core = '^src/core/';
const ports = '^src/ports(/|\\.ts$)';

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    room('room-core', core, [core]),
    {
      name: 'core-is-pure',
      severity: 'error',
      from: { path: core },
      to: { pathNot: ['^src/', ...pure, '^(node:)?crypto$'] },
    },
    room('room-ports', ports, [core, ports]),
    room('room-workflows', '^src/workflows/', ['^src/workflows/', core, ports]),
    {
      name: 'workflows-take-ports',
      severity: 'error',
      from: { path: '^src/workflows/' },
      to: { pathNot: ['^src/', ...pure] },
    },
    room('room-adapters', '^src/adapters/([^/]+)/', ['^src/adapters/$1/', core, ports]),
    // `list.ts` is the list of the providers.
    room('room-providers', '^src/providers/(?!list\\.ts$)([^/.]+)', [
      '^src/providers/$1(/|\\.ts$)',
      core,
      ports,
    ]),
    room('room-provider-list', '^src/providers/list\\.ts$', ['^src/providers/', core, ports]),
    room('room-http', '^src/http/', ['^src/http/', '^src/workflows/', core, ports]),
    room('room-app', '^src/app\\.ts$', ['^src/http/', '^src/workflows/', core, ports]),
    room('room-config', '^src/config\\.ts$', [core]),
    {
      name: 'room-compose',
      severity: 'error',
      // One file for each program, so that none loads what only others need; the worker's in two, and their parts.
      from: { path: '^src/compose(-[a-z]+|)\\.ts$' },
      to: { path: '^(src/bin|test|bench|setup)/' },
    },
    {
      name: 'web-loads-little',
      comment: 'Invariant 25: what faces the internet has nothing of what reaches others.',
      severity: 'error',
      from: { path: '^src/(compose-web|bin/web)\\.ts$' },
      to: { path: '^src/(adapters/(?!postgres/)|providers/)', reachable: true },
    },
    room('room-bin', '^src/bin/', [
      '^src/bin/',
      '^src/(compose(-[a-z]+|)|config|app)\\.ts$',
      '^src/http/',
    ]),
    room('room-bench', '^bench/', ['^bench/', '^src/(?!bin/)', '^test/(support|github)/']),
    {
      name: 'rooms-are-known',
      comment: 'A new room needs a line in the table.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot:
          '^src/(core|ports|workflows|adapters/[^/]+|providers|http|bin)/|^src/(ports|app|config|compose(-[a-z]+|))\\.ts$',
      },
      to: {},
    },
    {
      name: 'unit-tests-start-nothing',
      comment: 'The unit project of jest.config.js needs no server and no other process.',
      severity: 'error',
      from: {
        path: '^test/(core|policies|workflows|http)/|^test/(app|config|bench/(statistics|table))\\.test\\.ts$',
        pathNot: '\\.(opa|redis)\\.test\\.ts$',
      },
      to: {
        path: [
          '^src/adapters/postgres/',
          '^test/support/(postgres|throwaway|installation|mortal-server|redis|orders)\\.ts$',
          ...packages('pg'),
          '^(node:)?child_process$',
        ],
        // Words alone.
        pathNot: '^src/adapters/postgres/topics\\.ts$',
      },
    },
    // BullMQ's queue on PostgreSQL is given its connections' class.
    sdk(
      'postgres',
      ['pg', 'kysely'],
      ['^src/(adapters|providers)/postgres(/|\\.ts$)', '^src/adapters/bullmq/queues\\.ts$'],
    ),
    sdk('bullmq', ['bullmq', 'ioredis'], '^src/adapters/bullmq/'),
    sdk('opa', ['@open-policy-agent/opa-wasm'], '^src/adapters/opa/'),
    sdk('octokit', ['@octokit/[^/]+'], '^src/(adapters|providers)/github(/|\\.ts$)'),
    sdk('probot', ['probot'], '^src/(http/|bin/|adapters/github/|(app|compose-web)\\.ts$)'),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types'],
    },
  },
};
