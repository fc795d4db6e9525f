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
  to: { path: '^(src|lab|test|bench|setup)/', pathNot: to },
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
const clients = '^src/clients/';

// The wings of the core, in the order in which a grant passes them: each imports only what stands before it.
const wings = ['reading', 'grant', 'policy', 'change', 'decision', 'ledger', 'report', 'use'].map(
  (name, index, all) => wing(name, all.slice(0, index)),
);
function wing(name, before) {
  const may = [name, ...before].map((each) => `^src/core/${each}/`);
  return room(`wing-${name}`, `^src/core/${name}/`, may);
}

// The wings of the workflows: judging needs no other, `run` starts them all. What answers questions is imported by requests alone.
const stories = [
  story('judge', []),
  story('grant', ['judge']),
  story('land', ['judge', 'grant']),
  story('run', ['judge', 'grant', 'land', 'tell', 'request']),
];
function story(name, before) {
  const may = [name, ...before].map((each) => `^src/workflows/${each}/`);
  return room(`story-${name}`, `^src/workflows/${name}/`, [...may, core, ports]);
}

/** What `npm run test:unit` runs: nothing of it starts a server or a process. */
const unitTests =
  '^test/(core|policies|workflows)/|^test/(config|bench/(statistics|table))\\.test\\.ts$';

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
    ...wings,
    wing('work', ['reading']),
    wing('events', ['reading', 'grant', 'policy', 'change', 'decision', 'ledger', 'work']),
    {
      name: 'wings-are-known',
      comment: 'A new wing of the core needs a place in the order.',
      severity: 'error',
      from: {
        path: core,
        pathNot: '^src/core/(reading|grant|policy|change|decision|ledger|report|use|events|work)/',
      },
      to: {},
    },
    {
      name: 'core-is-pure',
      severity: 'error',
      from: { path: core },
      to: { pathNot: ['^src/', ...pure, '^(node:)?crypto$'] },
    },
    room('room-ports', ports, [core, ports]),
    ...stories,
    story('answer', ['judge']),
    // A request is tried as `daypass check` tries a working tree.
    story('request', ['judge', 'answer']),
    story('use', ['judge']),
    story('tell', []),
    {
      name: 'stories-are-known',
      comment: 'A new wing of the workflows needs a place in the order.',
      severity: 'error',
      from: {
        path: '^src/workflows/',
        pathNot: '^src/workflows/(judge|grant|land|run|answer|request|use|tell)/',
      },
      to: {},
    },
    {
      name: 'workflows-take-ports',
      severity: 'error',
      from: { path: '^src/workflows/' },
      to: { pathNot: ['^src/', ...pure] },
    },
    room('room-clients', clients, [
      clients,
      '^src/core/(reading|work)/',
      '^src/ports/faults\\.ts$',
    ]),
    room('room-adapters', '^src/adapters/([^/]+)/', ['^src/adapters/$1/', clients, core, ports]),
    // What two providers of GitHub share is in `github/`; `list.ts` is the list of the providers.
    room('room-providers', '^src/providers/(?!list\\.ts$|github-)([^/.]+)', [
      '^src/providers/$1/',
      clients,
      core,
      ports,
    ]),
    room('room-providers-github', '^src/providers/(github-[^/]+)/', [
      '^src/providers/($1|github)/',
      clients,
      core,
      ports,
    ]),
    room('room-provider-list', '^src/providers/list\\.ts$', ['^src/providers/', core, ports]),
    room('room-http', '^src/http/', [
      '^src/http/',
      '^src/workflows/',
      '^src/clients/deadline\\.ts$',
      core,
      ports,
    ]),
    room('room-config', '^src/config(/|\\.ts$)', ['^src/config(/|\\.ts$)', core]),
    // A file a program, so that none loads what only others need, and their parts.
    room('room-compose', '^src/compose/', ['^src/(?!bin/)']),
    {
      name: 'web-loads-little',
      comment: 'Invariant 25: what faces the internet has nothing of what reaches others.',
      severity: 'error',
      from: { path: '^src/(compose/web|bin/web)\\.ts$' },
      to: {
        path: '^src/(adapters/(?!postgres/)|providers/|clients/(?!(postgres|group|deadline)\\.ts$))',
        reachable: true,
      },
    },
    room('room-bin', '^src/bin/', [
      '^src/bin/',
      '^src/compose/',
      '^src/config(/|\\.ts$)',
      '^src/http/',
      core,
    ]),
    // The stand-in for GitHub and the worlds that tests, the bench and the demo share.
    room('room-lab', '^lab/', ['^lab/', '^src/(?!bin/)']),
    room('room-bench', '^bench/', ['^bench/', '^lab/', '^src/(?!bin/)']),
    {
      name: 'rooms-are-known',
      comment: 'A new room needs a line in the table.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot:
          '^src/(core|ports|workflows|clients|config|adapters/[^/]+|providers|http|compose|bin)/|^src/(ports|config)\\.ts$',
      },
      to: {},
    },
    {
      name: 'unit-tests-start-nothing',
      comment: 'The unit project of jest.config.js needs no server and no other process.',
      severity: 'error',
      from: { path: unitTests, pathNot: '\\.(opa|redis|proxies)\\.test\\.ts$' },
      to: {
        path: [
          '^src/(adapters/postgres|clients)/',
          '^lab/(servers|processes)/',
          ...packages('pg'),
          '^(node:)?child_process$',
        ],
      },
    },
    sdk(
      'postgres',
      ['pg', 'kysely'],
      ['^src/(adapters|providers)/postgres/', '^src/clients/postgres'],
    ),
    sdk('bullmq', ['bullmq', 'ioredis'], '^src/adapters/bullmq/'),
    sdk('opa', ['@open-policy-agent/opa-wasm'], '^src/adapters/opa/'),
    sdk('oidc', ['jose'], '^src/adapters/oidc/'),
    sdk('octokit', ['@octokit/[^/]+'], '^src/(clients|adapters|providers)/github'),
    sdk('probot', ['probot'], '^src/(http/|bin/|clients/github/|compose/web\\.ts$)'),
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
