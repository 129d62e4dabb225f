import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

interface CruiseResult {
  summary: { violations: { from: string; to: string; rule: { name: string } }[] };
}

const root = resolve(import.meta.dirname, '../..');
const config = join(root, '.dependency-cruiser.cjs');
const { forbidden } = createRequire(import.meta.url)(config) as { forbidden: { name: string }[] };

/** Imports that break exactly one rule each: rule, file, imported file. */
const OFFENCES: [rule: string, file: string, imported: string][] = [
  ['no-circular', 'src/retry/one.ts', './two.js'],
  ['no-orphans', 'src/retry/forgotten.ts', ''],
  ['not-to-unresolvable', 'src/retry/lost.ts', './nowhere.js'],
  ['not-to-dev-dependencies', 'src/retry/tooled.ts', 'jest'],
  ['only-the-stand-in-needs-schedule', 'src/retry/timely.ts', 'cron'],
  ['only-threads-need-piscina', 'src/retry/parallel.ts', 'piscina'],
  ['only-the-kit-needs-testing', 'src/retry/tested-there.ts', '@nestjs/testing'],
  ['only-the-service-needs-its-packages', 'src/retry/signed.ts', 'jose'],
  ['client-stands-alone', 'src/client/heavy.ts', '../retry/sound.js'],
  ['not-to-specs', 'src/retry/tested.ts', './sound.spec.js'],
  ['domain-stands-alone', 'src/domain/nested.ts', '@nestjs/common'],
  ['domain-stands-alone', 'src/domain/curious.ts', '../retry/sound.js'],
  ['only-mongo-imports-mongoose', 'src/retry/stored.ts', 'mongoose'],
  ['only-sqlite-imports-libsql', 'src/storage/mongo/confused.ts', 'libsql'],
  ['only-redis-imports-its-client', 'src/locking/hasty.ts', '@redis/client'],
  ['only-kafka-imports-its-client', 'src/transports/offence.ts', 'kafkajs'],
  ['only-the-service-imports-http', 'src/retry/served.ts', '@nestjs/swagger'],
  ['only-the-service-imports-http', 'src/scheduling/served.ts', 'fastify'],
  ['index-reaches-no-http', 'src/index.ts', './rest/rest.module.js'],
  ['storage-is-chosen-in-one-place', 'src/retry/impatient.ts', '../storage/mongo/mongo.js'],
  ['adapters-know-no-other-adapter', 'src/storage/sqlite/jealous.ts', '../mongo/mongo.js'],
  ['engine-knows-no-rest', 'src/retry/upward.ts', '../rest/rest.module.js'],
  ['index-reaches-no-http', 'src/schedule/index.ts', '../rest/rest.module.js'],
  ['index-reaches-no-http', 'src/testing/index.ts', '../rest/rest.module.js'],
  ['schedule-stands-on-top', 'src/retry/timed.ts', '../schedule/sound.js'],
  ['only-the-contract-needs-fast-check', 'src/retry/generous.ts', 'fast-check'],
  ['store-exports-no-contract', 'src/store/open.ts', './contract/sound.js'],
  ['store-stands-on-top', 'src/retry/stocked.ts', '../store/sound.js'],
  ['testing-stands-on-top', 'src/retry/tried.ts', '../testing/sound.js'],
  ['floor-of-tasks', 'src/scheduling/tasks/rooted.ts', '../engine.js'],
  ['floor-of-recovery', 'src/scheduling/recovery/upward.ts', '../tasks/sound.js'],
  ['floor-of-runs', 'src/scheduling/runs/upward.ts', '../recovery/sound.js'],
  ['floor-of-dispatch', 'src/scheduling/dispatch/upward.ts', '../runs/sound.js'],
  ['floor-of-execution', 'src/scheduling/execution/upward.ts', '../dispatch/sound.js'],
  ['floor-of-overlap', 'src/scheduling/overlap/upward.ts', '../execution/sound.js'],
  ['floor-of-resources', 'src/scheduling/resources/upward.ts', '../overlap/sound.js'],
  ['floor-of-holding', 'src/scheduling/holding/upward.ts', '../resources/sound.js'],
  ['floor-of-planning', 'src/scheduling/planning/upward.ts', '../holding/sound.js'],
  ['floor-of-queues', 'src/scheduling/queues/upward.ts', '../planning/sound.js'],
  ['floor-of-ports', 'src/scheduling/ports/upward.ts', '../queues/sound.js'],
  ['every-room-has-a-floor', 'src/scheduling/engine.ts', './attic/sound.js'],
  ['cli-floor-of-commands', 'src/cli/commands/rooted.ts', '../run.js'],
  ['cli-floor-of-doctor', 'src/cli/doctor/upward.ts', '../commands/sound.js'],
  ['cli-floor-of-keys', 'src/cli/keys/upward.ts', '../doctor/sound.js'],
  ['cli-floor-of-upkeep', 'src/cli/upkeep/upward.ts', '../keys/sound.js'],
  ['cli-floor-of-service', 'src/cli/service/upward.ts', '../upkeep/sound.js'],
  ['cli-floor-of-definitions', 'src/cli/definitions/upward.ts', '../service/sound.js'],
  ['cli-floor-of-connection', 'src/cli/connection/upward.ts', '../definitions/sound.js'],
  ['cli-floor-of-terminal', 'src/cli/terminal/upward.ts', '../connection/sound.js'],
  ['every-room-of-the-cli-has-a-floor', 'src/cli/run.ts', './attic/sound.js'],
  ['cli-stands-on-top', 'src/retry/wordy.ts', '../cli/terminal/sound.js'],
  ['cli-starts-without-nest', 'src/cli/program.ts', '../retry/sound.js'],
  ['only-tracing-needs-opentelemetry', 'src/retry/tracing.ts', '@opentelemetry/api'],
  ['only-the-cli-needs-commander', 'src/retry/commanding.ts', 'commander'],
  ['scheduling-stands-on-these', 'src/cluster/upward.ts', '../scheduling/ports/sound.js'],
  ['decisions-are-pure', 'src/scheduling/planning/nested.ts', '@nestjs/common'],
  ['decisions-are-pure', 'src/scheduling/queues/timed.ts', '../../clock/sound.js'],
  ['decisions-are-pure', 'src/scheduling/planning/stored.ts', '../ports/run.store.js'],
  ['ledger-only-reads', 'src/scheduling/tasks/bookkeeper.ts', '../../ledger/sound.js'],
];

/** Files that the offences need beside them, and imports that keep the rules. */
const SOUND: [file: string, imported: string][] = [
  ['src/retry/two.ts', './one.js'],
  ['src/retry/sound.ts', '@nestjs/common'],
  ['src/retry/sound.spec.ts', './sound.js'],
  ['src/rest/rest.module.ts', 'fastify'],
  ['src/idempotency/idempotency.store.ts', '../retry/sound.js'],
  ['src/auth/api-key.store.ts', '../retry/sound.js'],
  ['src/storage/mongo/api-keys.ts', '../../auth/api-key.store.js'],
  ['src/storage/mongo/mongo.ts', 'mongoose'],
  ['src/storage/redis/redis.ts', '@redis/client'],
  ['src/storage/mongo/keys.ts', '../../idempotency/idempotency.store.js'],
  ['src/storage/storage.module.ts', './mongo/mongo.js'],
  ['src/clock/sound.ts', ''],
  ['src/cli/attic/sound.ts', ''],
  ['src/cli/commands/sound.ts', '../doctor/sound.js'],
  ['src/cli/doctor/sound.ts', '../keys/sound.js'],
  ['src/cli/keys/sound.ts', '../upkeep/sound.js'],
  ['src/cli/upkeep/sound.ts', '../service/sound.js'],
  ['src/cli/service/sound.ts', '../definitions/sound.js'],
  ['src/cli/definitions/sound.ts', '../connection/sound.js'],
  ['src/cli/connection/sound.ts', '../terminal/sound.js'],
  ['src/cli/terminal/sound.ts', 'commander'],
  ['src/tracing/sound.ts', '@opentelemetry/api'],
  ['src/schedule/sound.ts', '../retry/sound.js'],
  ['src/testing/sound.ts', '../retry/sound.js'],
  ['src/store/sound.ts', '../retry/sound.js'],
  ['src/store/contract/sound.ts', '../../retry/sound.js'],
  ['src/ledger/sound.ts', ''],
  ['src/scheduling/attic/sound.ts', ''],
  ['src/scheduling/ports/run.store.ts', '../../retry/sound.js'],
  ['src/scheduling/tasks/sound.ts', '../recovery/sound.js'],
  ['src/scheduling/recovery/sound.ts', '../runs/sound.js'],
  ['src/scheduling/runs/sound.ts', '../dispatch/sound.js'],
  ['src/scheduling/dispatch/sound.ts', '../execution/sound.js'],
  ['src/scheduling/execution/sound.ts', '../overlap/sound.js'],
  ['src/scheduling/overlap/sound.ts', '../resources/sound.js'],
  ['src/scheduling/resources/sound.ts', '../holding/sound.js'],
  ['src/scheduling/holding/sound.ts', '../planning/sound.js'],
  ['src/scheduling/planning/sound.ts', '../queues/sound.js'],
  ['src/scheduling/queues/sound.ts', '../../retry/sound.js'],
  ['src/scheduling/ports/sound.ts', '../../retry/sound.js'],
];

const PACKAGES = [
  '@nestjs/common',
  '@nestjs/swagger',
  '@nestjs/testing',
  'fastify',
  'mongoose',
  'libsql',
  '@redis/client',
  'kafkajs',
  'jose',
  'cron',
  'piscina',
  'fast-check',
  'commander',
  '@opentelemetry/api',
];

let folder: string;
let violations: CruiseResult['summary']['violations'];

async function put(file: string, content: string): Promise<void> {
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await writeFile(join(folder, file), content);
}

async function layOut(): Promise<void> {
  const dependencies = Object.fromEntries(PACKAGES.map((name) => [name, '1.0.0']));
  await put('package.json', JSON.stringify({ type: 'module', dependencies, devDependencies: { jest: '1.0.0' } }));
  await put('tsconfig.json', JSON.stringify({ compilerOptions: { module: 'nodenext', target: 'es2023' } }));
  for (const name of [...PACKAGES, 'jest']) {
    await put(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    await put(`node_modules/${name}/index.js`, '');
  }
  for (const [file, imported] of [...SOUND, ...OFFENCES.map(([, ...offence]) => offence)]) {
    await put(file, imported === '' ? 'export {};\n' : `import * as it from '${imported}';\nexport { it };\n`);
  }
}

/** A run without violations exits with 0, one with violations with their number; both print the result. */
async function cruise(): Promise<CruiseResult> {
  const cli = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [cli, 'src', '--config', config, '--output-type', 'json'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder }).catch(
    (failure: { stdout: string }) => failure,
  );
  return JSON.parse(stdout) as CruiseResult;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'import-rules-'));
  await layOut();
  ({ violations } = (await cruise()).summary);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the import rules', () => {
  it('are each broken by an example', () => {
    expect(new Set(OFFENCES.map(([rule]) => rule))).toEqual(new Set(forbidden.map(({ name }) => name)));
  });

  it.each(OFFENCES)('%s refuses %s importing "%s"', (rule, file) => {
    expect(violations.filter(({ from }) => from === file).map((violation) => violation.rule.name)).toContain(rule);
  });

  it('leave everything else alone', () => {
    const offenders = new Set(OFFENCES.map(([, file]) => file));
    const others = violations.filter(({ from, rule }) => !offenders.has(from) && rule.name !== 'no-circular');
    expect(others.filter(({ rule }) => rule.name !== 'no-orphans')).toEqual([]);
  });
});
