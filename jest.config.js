const shared = {
  roots: ['<rootDir>/lab', '<rootDir>/test'],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
};

/** The rooms whose tests need no server, no other process and no OPA. */
const unit = '/test/(core|policies|workflows|http)/|/test/(config|bench/(statistics|table))\\b';
/** Tests that need what npm does not bring: OPA, a Redis server. */
const opa = '\\.opa\\.test\\.ts$';
const redis = '\\.redis\\.test\\.ts$';

/** @type {import('jest').Config} */
export default {
  coverageProvider: 'babel',
  testTimeout: 60_000,
  testSequencer: '<rootDir>/test/support/sequencer.mjs',
  // What a test file loads stays in its worker, and a process that has grown starts others slowly.
  workerIdleMemoryLimit: '600MB',
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testRegex: `(${unit}).*\\.test\\.ts$`,
      testPathIgnorePatterns: [opa, redis],
    },
    {
      ...shared,
      displayName: 'services',
      globalTeardown: '<rootDir>/test/support/sweep.mjs',
      testRegex: '\\.test\\.ts$',
      testPathIgnorePatterns: [unit, opa, redis],
    },
    { ...shared, displayName: 'opa', testRegex: opa },
    { ...shared, displayName: 'redis', testRegex: redis },
  ],
};
