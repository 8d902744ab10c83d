import neostandard, { plugins } from 'neostandard'

const tseslint = plugins['typescript-eslint']

/** Import rules by folder; `regex` is matched against the specifier as written. */
function mayNotImport (files, regex, message) {
  const testCode = { regex: '(^|/)(test|bench)/', message: 'nothing imports test or bench' }
  return { files, rules: { 'no-restricted-imports': ['error', { patterns: [{ regex, message }, testCode] }] } }
}

export default [
  ...neostandard({ ts: true, ignores: ['dist/**', '.dev/**', '.chaos/**', '.tap/**', 'node_modules/**', 'bench/results/**'] }),
  ...tseslint.configs.recommendedTypeCheckedOnly.map((config) => ({ ...config, files: ['**/*.ts'] })),
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { project: ['./tsconfig.json', './test/tsconfig.json'], tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': true, 'ts-ignore': true, 'ts-nocheck': true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-floating-promises': ['error', { allowForKnownSafeCalls: [{ from: 'package', name: ['FastifyInstance', 'PromiseLike'], package: 'fastify' }] }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'eslint-disable'], location: 'anywhere' }],
      complexity: ['error', 10],
      'max-params': ['error', 4],
      'max-lines': ['error', 200]
    }
  },
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' } },
  // the outer function of a route file or plugin is a list of registrations, bounded by the file's limit
  {
    files: ['**/*.ts'],
    ignores: ['test/**', 'bench/**', 'routes/**'],
    rules: { 'max-lines-per-function': ['error', { max: 60 }] }
  },
  {
    files: ['test/**/*.ts'],
    rules: { 'max-lines': ['error', 400], '@typescript-eslint/no-unsafe-assignment': 'off', '@typescript-eslint/no-unsafe-member-access': 'off', '@typescript-eslint/no-floating-promises': 'off' }
  },
  mayNotImport(['schemas/**/*.ts'], '^(?!\\./|typebox$)', 'schemas import only schemas and typebox'),
  mayNotImport(['embedded/**/*.ts'], '^(\\.\\./)+(plugins|routes|schemas|scripts|app|server)', 'embedded imports nothing of the project'),
  mayNotImport(['plugins/*/*.ts'], '^\\./|^\\.\\./(?!\\.\\./schemas/)', 'a plugin reaches others through their decorator'),
  mayNotImport(['plugins/*/*/*.ts'], '^\\.\\./(?!\\.\\./\\.\\./schemas/)', 'a plugin reaches others through their decorator'),
  // the one door to the development database
  mayNotImport(['plugins/external/mongodb.ts'], '^\\./|^\\.\\./(?!\\.\\./(schemas|embedded)/)', 'a plugin reaches others through their decorator'),
  mayNotImport(['routes/*/*.ts'], '^\\.\\./(?!\\.\\./schemas/)', 'routes import npm, schemas and their own folder'),
  // what a migration does is settled when it is applied: the checksum of its file has to cover all of it
  mayNotImport(['migrations/*.ts'], '^\\.{1,2}/(?!plugins/app/migrations/index\\.ts$)', 'migrations import npm packages and the types of their plugin'),
  mayNotImport(['app.ts'], '^\\.{1,2}/(?!connection-errors\\.ts$|schemas/)', 'app.ts is composition: autoload, options and schema types only'),
  mayNotImport(['process.ts'], '^\\.{1,2}/(?!((app|logging)\\.ts$|schemas/))', 'process.ts imports app.ts and how it logs'),
  mayNotImport(['server.ts', 'worker.ts'], '^\\.{1,2}/(?!(process|cluster/(index|report))\\.ts$)', 'server.ts and worker.ts say what a process begins with'),
  // what is read before there is an application: the configuration, and the cores that it may use
  mayNotImport(['cluster/*.ts'], '^\\.\\./(?!(logging|plugins/external/config|plugins/app/load/cores)\\.ts$|schemas/)', 'cluster looks after processes, not after what they do'),
  mayNotImport(['scripts/**/*.ts'], '^(\\.\\./)+(plugins|routes)', 'scripts use the application through its decorators'),
  // what is there before the application: pure data of two plugins
  mayNotImport(['scripts/demo-database.ts'], '^(\\.\\./)+(plugins/app/(?!demo-data/|indexes/declarations)|routes)', 'scripts use the application through its decorators')
]
