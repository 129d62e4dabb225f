/** The import rules of the architecture (docs/architecture.md); test/package/import-rules.spec.ts proves that each can fail. */
const TESTS = '\\.spec\\.ts$';
const NEST = '^node_modules/@nestjs/';
const HTTP_SERVER = '^node_modules/(fastify|@fastify|@nestjs/(platform-fastify|swagger))/';
/** Ports of the service, which the adapters of the stores know. */
const IDEMPOTENCY_PORT = '^src/rest/idempotency\\.store\\.ts$';
const API_KEY_PORT = '^src/auth/api-key\\.store\\.ts$';

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      comment: 'Modules that import each other crash at load under ES modules. Talk down by call, up by event.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      comment: 'A file that nothing imports is dead, or its provider was never registered.',
      from: { orphan: true, path: '^src/', pathNot: [TESTS, '^src/(main|index|openapi|reseal)\\.ts$'] },
      to: {},
    },
    {
      name: 'not-to-unresolvable',
      severity: 'error',
      comment: 'The import leads nowhere.',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'not-to-dev-dependencies',
      severity: 'error',
      comment: 'What runs in production must not import what is not installed there.',
      from: { path: '^src/', pathNot: TESTS },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'not-to-specs',
      severity: 'error',
      comment: 'Production code does not import tests.',
      from: { path: '^src/', pathNot: TESTS },
      to: { path: [TESTS, '^test/'] },
    },
    {
      name: 'domain-stands-alone',
      severity: 'error',
      comment: 'Domain types and policies import nothing of Nest, a database or another module.',
      from: { path: '^src/domain/', pathNot: TESTS },
      to: { path: [NEST, '^node_modules/(mongoose|mongodb|libsql|@redis|fastify|@fastify)/', '^src/(?!domain/)'] },
    },
    {
      name: 'only-mongo-imports-mongoose',
      severity: 'error',
      comment: 'The adapters of one technology live together.',
      from: { path: '^src/', pathNot: '^src/storage/mongo/' },
      to: { path: '^node_modules/(mongoose|mongodb|@nestjs/mongoose)/' },
    },
    {
      name: 'only-sqlite-imports-libsql',
      severity: 'error',
      comment: 'The adapters of one technology live together.',
      from: { path: '^src/', pathNot: '^src/storage/sqlite/' },
      to: { path: '^node_modules/(libsql|@libsql)/' },
    },
    {
      name: 'only-redis-imports-its-client',
      severity: 'error',
      comment: 'The adapters of one technology live together.',
      from: { path: '^src/', pathNot: '^src/storage/redis/' },
      to: { path: '^node_modules/(redis|@redis)/' },
    },
    {
      name: 'only-the-service-imports-http',
      severity: 'error',
      comment: 'The engine has no HTTP server: a host application imports it without one.',
      from: {
        path: '^src/',
        pathNot: ['^src/(rest|auth|observability|dashboard)/', '^src/(app\\.module|main|openapi)\\.ts$', TESTS],
      },
      to: { path: HTTP_SERVER },
    },
    {
      name: 'index-reaches-no-http',
      severity: 'error',
      comment: 'What a host application imports must not bring the service along.',
      from: { path: '^src/index\\.ts$' },
      to: {
        path: ['^src/(rest|auth|dashboard|housekeeping)/', '^src/(main|app\\.module|openapi)\\.ts$'],
        pathNot: [IDEMPOTENCY_PORT, API_KEY_PORT],
        reachable: true,
      },
    },
    {
      name: 'storage-is-chosen-in-one-place',
      severity: 'error',
      comment: 'Modules know the ports that they own, never an adapter.',
      from: { path: '^src/', pathNot: ['^src/storage/', TESTS] },
      to: { path: '^src/storage/[^/]+/' },
    },
    {
      name: 'adapters-know-no-other-adapter',
      severity: 'error',
      comment: 'A store is added by adding a folder.',
      from: { path: '^src/storage/([^/]+)/' },
      to: { path: '^src/storage/[^/]+/', pathNot: '^src/storage/$1/' },
    },
    {
      name: 'engine-knows-no-rest',
      severity: 'error',
      comment: 'Talk down by call: the engine does not know who calls it.',
      from: { path: '^src/', pathNot: ['^src/(rest|dashboard)/', '^src/(app\\.module|main|openapi)\\.ts$'] },
      to: { path: '^src/(rest|dashboard)/', pathNot: IDEMPOTENCY_PORT },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
