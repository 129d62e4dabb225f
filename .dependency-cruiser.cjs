/** The import rules of the architecture (docs/architecture.md); test/package/import-rules.spec.ts proves that each can fail. */
const TESTS = '\\.spec\\.ts$';
const NEST = '^node_modules/@nestjs/';
const HTTP_SERVER = '^node_modules/(fastify|@fastify|@nestjs/(platform-fastify|swagger))/';
/** The service: what stands around the module. */
const SERVICE =
  '^src/(api|rest|auth|observability|importers)/|^src/(app\\.module|main|serve|config-command|openapi|reseal|resealing)\\.ts$|^src/cli/|/load-settings\\.ts$';
const SERVICE_PACKAGES = '^node_modules/(jose|pino|prom-client|helmet|negotiator|yaml|@nestjs/jwt)/';
/** A port of the service, which the adapters of the stores know. */
const API_KEY_PORT = '^src/auth/api-key\\.store\\.ts$';

/** The rooms of `src/scheduling`, from the highest floor to the lowest: each knows those below it. */
const ROOMS = [
  'tasks',
  'recovery',
  'runs',
  'dispatch',
  'execution',
  'overlap',
  'resources',
  'holding',
  'planning',
  'queues',
  'ports',
];

/** Nothing of a floor imports from one above it, nor from the root, where the engine and the module are. */
const FLOORS = ROOMS.map((room, floor) => ({
  name: `floor-of-${room}`,
  severity: 'error',
  comment: 'Each room of scheduling imports from the floors below its own.',
  from: { path: `^src/scheduling/${room}/` },
  to: { path: ['^src/scheduling/[^/]+\\.ts$', ...ROOMS.slice(0, floor).map((above) => `^src/scheduling/${above}/`)] },
}));

/** The rooms of `src/cli`, from the highest floor to the lowest. */
const CLI_ROOMS = ['commands', 'doctor', 'keys', 'upkeep', 'service', 'definitions', 'connection', 'terminal'];
const CLI_FLOORS = CLI_ROOMS.map((room, floor) => ({
  name: `cli-floor-of-${room}`,
  severity: 'error',
  comment: 'Each room of the command line imports from the floors below its own, and what a command works with.',
  from: { path: `^src/cli/${room}/` },
  to: {
    path: ['^src/cli/[^/]+\\.ts$', ...CLI_ROOMS.slice(0, floor).map((above) => `^src/cli/${above}/`)],
    pathNot: '^src/cli/command\\.ts$',
  },
}));

module.exports = {
  forbidden: [
    ...FLOORS,
    ...CLI_FLOORS,
    {
      name: 'every-room-of-the-cli-has-a-floor',
      severity: 'error',
      comment: 'A new room of the command line gets its floor in CLI_ROOMS.',
      from: { path: '^src/' },
      to: { path: '^src/cli/[^/]+/', pathNot: `^src/cli/(${CLI_ROOMS.join('|')})/` },
    },
    {
      name: 'cli-stands-on-top',
      severity: 'error',
      comment: 'The command line is made of the runner, and only the program of the package loads it.',
      from: { path: '^src/', pathNot: ['^src/cli/', '^src/bin\\.ts$', TESTS] },
      to: { path: '^src/cli/' },
    },
    {
      name: 'cli-starts-without-nest',
      severity: 'error',
      comment: 'Help must be there at once: what a command works with is loaded when it is called.',
      from: { path: '^src/cli/(run|program|command)\\.ts$|^src/cli/commands/', pathNot: TESTS },
      to: { path: '^src/', pathNot: ['^src/(cli|cluster/package-version\\.ts|clock/clock\\.ts)'], dynamic: false },
    },
    {
      name: 'only-the-cli-needs-commander',
      severity: 'error',
      comment: 'A host application parses no command line.',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: '^node_modules/commander/' },
    },
    {
      name: 'every-room-has-a-floor',
      severity: 'error',
      comment: 'A new room of scheduling gets its floor in ROOMS.',
      from: { path: '^src/' },
      to: { path: '^src/scheduling/[^/]+/', pathNot: `^src/scheduling/(${ROOMS.join('|')})/` },
    },
    {
      name: 'scheduling-stands-on-these',
      severity: 'error',
      comment: 'What the engine stands on does not know it.',
      from: {
        path: '^src/(domain|clock|batching|lifecycle|locking|cluster|retry|triggers|organizations|outbox|settings)/',
      },
      to: { path: '^src/scheduling/' },
    },
    {
      name: 'decisions-are-pure',
      severity: 'error',
      comment: 'What plans and what queues knows neither Nest nor a store nor the time.',
      from: { path: '^src/scheduling/(planning|queues)/', pathNot: TESTS },
      to: { path: [NEST, '\\.(store|reads)\\.ts$', '^src/(storage|batching|clock|locking|cluster|lifecycle)/'] },
    },
    {
      name: 'ledger-only-reads',
      severity: 'error',
      comment: 'What the ledger is told is planned with the change that it tells of.',
      from: { path: '^src/scheduling/' },
      to: { path: '^src/ledger/' },
    },
    {
      name: 'schedule-stands-on-top',
      severity: 'error',
      comment: 'What takes the place of another package is made of the runner, which does not know it.',
      from: { path: '^src/', pathNot: '^src/schedule/' },
      to: { path: '^src/schedule/' },
    },
    {
      name: 'store-stands-on-top',
      severity: 'error',
      comment: 'What authors of stores import is made of the ports, and no program of ours loads it.',
      from: { path: '^src/', pathNot: ['^src/store/', TESTS] },
      to: { path: '^src/store/' },
    },
    {
      name: 'testing-stands-on-top',
      severity: 'error',
      comment: 'What tests of host applications use is made of the runner, and no program loads it.',
      from: { path: '^src/', pathNot: ['^src/testing/', TESTS] },
      to: { path: '^src/testing/' },
    },
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
      from: {
        orphan: true,
        path: '^src/',
        pathNot: [
          TESTS,
          '^src/(main|index|openapi|reseal|api/index|schedule/index|store/index|store/contract/index|testing/index)\\.ts$',
        ],
      },
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
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm-peer'] },
    },
    {
      name: 'only-the-service-needs-its-packages',
      severity: 'error',
      comment: 'A host application has none of the optional peers that only the service needs.',
      from: { path: '^src/', pathNot: [TESTS, SERVICE] },
      to: { path: SERVICE_PACKAGES },
    },
    {
      name: 'only-tracing-needs-opentelemetry',
      severity: 'error',
      comment: 'A host application that does not trace has none of it, and nobody traces with more than its API.',
      from: { path: '^src/', pathNot: [TESTS, '^src/tracing/'] },
      to: { path: '^node_modules/@opentelemetry/' },
    },
    {
      name: 'only-the-stand-in-needs-schedule',
      severity: 'error',
      comment: 'A host application has @nestjs/schedule only if it declares its jobs with it.',
      from: { path: '^src/', pathNot: [TESTS, SERVICE, '^src/schedule/'] },
      to: { path: '^node_modules/(cron|@nestjs/schedule)/' },
    },
    {
      name: 'only-the-contract-needs-fast-check',
      severity: 'error',
      comment: 'A host application has fast-check only if it tries a store of its own.',
      from: { path: '^src/', pathNot: [TESTS, '^src/store/contract/'] },
      to: { path: '^node_modules/fast-check/' },
    },
    {
      name: 'store-exports-no-contract',
      severity: 'error',
      comment: 'A program that imports the ports loads no tests.',
      from: { path: '^src/', pathNot: [TESTS, '^src/store/contract/'] },
      to: { path: '^src/store/contract/' },
    },
    {
      name: 'only-threads-need-piscina',
      severity: 'error',
      comment: 'A host application has piscina only if its handlers work in threads.',
      from: { path: '^src/', pathNot: [TESTS, '^src/integrations/handler/threads/'] },
      to: { path: '^node_modules/piscina/' },
    },
    {
      name: 'only-the-kit-needs-testing',
      severity: 'error',
      comment: 'A host application has @nestjs/testing only where its tests run.',
      from: { path: '^src/', pathNot: [TESTS, '^src/testing/'] },
      to: { path: '^node_modules/@nestjs/testing/' },
    },
    {
      name: 'client-stands-alone',
      severity: 'error',
      comment: 'The client runs where nothing else of this package does, such as in a browser.',
      from: { path: '^src/client/', pathNot: TESTS },
      to: { pathNot: '^src/client/|^node_modules/openapi-fetch/' },
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
      from: { path: '^src/', pathNot: '^src/(storage/mongo|importers/agenda)/' },
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
      from: { path: '^src/', pathNot: '^src/(storage/redis|transports/redis|importers/bullmq)/' },
      to: { path: '^node_modules/(redis|@redis)/' },
    },
    {
      name: 'only-kafka-imports-its-client',
      severity: 'error',
      comment: 'Another client can take its place without a change elsewhere.',
      from: { path: '^src/', pathNot: '^src/transports/kafka/' },
      to: { path: '^node_modules/kafkajs/' },
    },
    {
      name: 'only-the-service-imports-http',
      severity: 'error',
      comment: 'The engine has no HTTP server: a host application imports it without one.',
      from: {
        path: '^src/',
        pathNot: [
          '^src/(api|rest|auth|observability|dashboard)/',
          '^src/(app\\.module|main|serve|openapi)\\.ts$',
          TESTS,
        ],
      },
      to: { path: HTTP_SERVER },
    },
    {
      name: 'index-reaches-no-http',
      severity: 'error',
      comment: 'What a host application imports must not bring the service along.',
      from: { path: '^src/((schedule|store|store/contract|testing)/)?index\\.ts$' },
      to: {
        path: ['^src/(rest|auth|dashboard)/', '^src/(main|serve|app\\.module|openapi)\\.ts$'],
        pathNot: API_KEY_PORT,
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
      from: { path: '^src/', pathNot: ['^src/(api|rest|dashboard)/', '^src/(app\\.module|main|serve|openapi)\\.ts$'] },
      to: { path: '^src/(rest|dashboard)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
