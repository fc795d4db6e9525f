const shared = {
  roots: ['<rootDir>/lab', '<rootDir>/test'],
  testEnvironment: '<rootDir>/test/support/environment.mjs',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
};

/** A lender of PostgreSQL servers, for every project that starts any. */
const servers = {
  globalSetup: '<rootDir>/test/support/servers.mjs',
  globalTeardown: '<rootDir>/test/support/servers-end.mjs',
};

/** The rooms whose tests need no server, no other process and no OPA. */
const unit = '/test/(core|policies|workflows)/|/test/(config|bench/(statistics|table))\\b';
/** Tests that need what npm does not bring: OPA, a Redis server, nginx and Caddy. */
const opa = '\\.opa\\.test\\.ts$';
const redis = '\\.redis\\.test\\.ts$';
const proxies = '\\.proxies\\.test\\.ts$';

/** @type {import('jest').Config} */
export default {
  coverageProvider: 'babel',
  reporters: ['default', '<rootDir>/test/support/slowest.mjs'],
  testTimeout: 60_000,
  testSequencer: '<rootDir>/test/support/sequencer.mjs',
  // What a test file loads stays in its worker, and a process that has grown starts others slowly. On a busy machine the
  // memory of such a process is not given back within the 500 ms that jest waits for its end. Jest then says that it
  // "has failed to exit gracefully" and guesses at open handles, though it had exited by itself.
  workerIdleMemoryLimit: '600MB',
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testRegex: `(${unit}).*\\.test\\.ts$`,
      testPathIgnorePatterns: [opa, redis, proxies],
    },
    {
      ...shared,
      displayName: 'services',
      ...servers,
      testRegex: '\\.test\\.ts$',
      testPathIgnorePatterns: [unit, opa, redis, proxies],
    },
    { ...shared, ...servers, displayName: 'opa', testRegex: opa },
    { ...shared, ...servers, displayName: 'redis', testRegex: redis },
    { ...shared, ...servers, displayName: 'proxies', testRegex: proxies },
  ],
};
