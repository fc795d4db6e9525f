import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const clocks = [
  {
    selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
    message: 'Time is an argument (invariant 13).',
  },
  {
    selector: 'MemberExpression[object.name="Date"][property.name="now"]',
    message: 'Time is an argument (invariant 13).',
  },
  {
    selector: 'MemberExpression[object.name="Math"][property.name="random"]',
    message: 'Randomness is an argument.',
  },
];
const asynchrony = [
  { selector: ':function[async=true]', message: 'The core has no async.' },
  { selector: 'AwaitExpression', message: 'The core has no async.' },
];

const unheard = {
  object: 'pg',
  property: 'Client',
  message: 'HeardClient: nobody hears the error of a session that breaks, and the process ends.',
};

export default defineConfig(
  { ignores: ['dist/', 'coverage/', '.daypass/'] },
  { linterOptions: { noInlineConfig: true, reportUnusedInlineConfigs: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      // One program for all files: a quarter less time than `projectService`, which is for editors.
      parserOptions: { project: 'tsconfig.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'no-constant-binary-expression': 'error',
      'no-fallthrough': 'error',
      'no-param-reassign': 'error',
      'no-self-compare': 'error',
      'no-template-curly-in-string': 'error',
      'no-unreachable': 'error',
      'no-unreachable-loop': 'error',
      'no-unsafe-finally': 'error',
      'no-control-regex': 'off',
      'max-lines': ['error', 250],
      'prefer-const': ['error', { destructuring: 'all' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Ports are objects of closures, and promise even where one answers at once.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    files: ['src/core/**'],
    rules: { 'no-restricted-syntax': ['error', ...clocks, ...asynchrony] },
  },
  {
    // bin hands the environment to config.ts, once; programs are found on the PATH.
    files: ['src/**'],
    ignores: ['src/bin/**', 'src/clients/process.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only config.ts reads the environment.' },
        unheard,
      ],
    },
  },
  { files: ['src/clients/postgres.ts'], rules: { 'no-restricted-properties': 'off' } },
  {
    files: ['src/bin/**', 'lab/**', 'test/**', 'bench/**'],
    rules: { 'no-restricted-properties': ['error', unheard] },
  },
  {
    // Handed over whole: one that is read beside config.ts has rules of its own for what is empty.
    // NO_COLOR is the terminal's.
    files: ['src/bin/**'],
    ignores: ['src/bin/terminal.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'MemberExpression[object.object.name="process"][object.property.name="env"]',
          message: 'Only config.ts reads the environment.',
        },
      ],
    },
  },
  { files: ['src/workflows/**'], rules: { 'no-restricted-syntax': ['error', ...clocks] } },
  {
    // A command line prints; tests and the stand-in report to a person.
    files: ['src/bin/**', 'lab/**', 'test/**', 'bench/**'],
    rules: { 'no-console': 'off' },
  },
  {
    // Tables are long.
    files: ['{lab,test}/**/*.test.ts'],
    rules: { 'max-lines': ['error', 350] },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    rules: {
      eqeqeq: 'error',
      'no-unreachable': 'error',
      'prefer-const': ['error', { destructuring: 'all' }],
    },
  },
);
