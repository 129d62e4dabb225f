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

/** Each breaks exactly one rule: rule, file, what it imports. */
const OFFENCES: [rule: string, file: string, imported: string][] = [
  ['no-circular', 'src/retry/one.ts', './two.js'],
  ['no-orphans', 'src/retry/forgotten.ts', ''],
  ['not-to-unresolvable', 'src/retry/lost.ts', './nowhere.js'],
  ['not-to-dev-dependencies', 'src/retry/tooled.ts', 'jest'],
  ['not-to-specs', 'src/retry/tested.ts', './sound.spec.js'],
  ['domain-stands-alone', 'src/domain/nested.ts', '@nestjs/common'],
  ['domain-stands-alone', 'src/domain/curious.ts', '../retry/sound.js'],
  ['only-mongo-imports-mongoose', 'src/retry/stored.ts', 'mongoose'],
  ['only-sqlite-imports-libsql', 'src/storage/mongo/confused.ts', 'libsql'],
  ['only-redis-imports-its-client', 'src/locking/hasty.ts', '@redis/client'],
  ['only-the-service-imports-http', 'src/retry/served.ts', '@nestjs/swagger'],
  ['only-the-service-imports-http', 'src/scheduling/served.ts', 'fastify'],
  ['index-reaches-no-http', 'src/index.ts', './rest/rest.module.js'],
  ['storage-is-chosen-in-one-place', 'src/retry/impatient.ts', '../storage/mongo/mongo.js'],
  ['adapters-know-no-other-adapter', 'src/storage/sqlite/jealous.ts', '../mongo/mongo.js'],
  ['engine-knows-no-rest', 'src/retry/upward.ts', '../rest/rest.module.js'],
];

/** What the offences need beside them, and what stays within the rules. */
const SOUND: [file: string, imported: string][] = [
  ['src/retry/two.ts', './one.js'],
  ['src/retry/sound.ts', '@nestjs/common'],
  ['src/retry/sound.spec.ts', './sound.js'],
  ['src/rest/rest.module.ts', 'fastify'],
  ['src/rest/idempotency.store.ts', '../retry/sound.js'],
  ['src/auth/api-key.store.ts', '../retry/sound.js'],
  ['src/storage/mongo/api-keys.ts', '../../auth/api-key.store.js'],
  ['src/storage/mongo/mongo.ts', 'mongoose'],
  ['src/storage/redis/redis.ts', '@redis/client'],
  ['src/storage/mongo/keys.ts', '../../rest/idempotency.store.js'],
  ['src/storage/storage.module.ts', './mongo/mongo.js'],
];

const PACKAGES = ['@nestjs/common', '@nestjs/swagger', 'fastify', 'mongoose', 'libsql', '@redis/client'];

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

/** A run without violations ends with 0, one with violations with their number: both print the result. */
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
