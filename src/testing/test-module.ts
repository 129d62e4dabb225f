import type { InjectionToken, LoggerService, ModuleMetadata } from '@nestjs/common';
import { Test, type TestingModule, type TestingModuleBuilder } from '@nestjs/testing';
import { Clock } from '../clock/clock.js';
import { LOCKS, locksOf, STORAGE } from '../core.module.js';
import { CHORES } from '../housekeeping/chores.js';
import { RUNNER_OPTIONS, type ResolvedOptions, type TaskRunnerOptions } from '../options.js';
import { runnersApart, tokenApart } from '../runner/set-apart.js';
import { KEY_BYTES, KeyRing } from '../secrets/key-ring.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import type { StoreOptions } from '../storage/store-options.js';
import { TaskRunnerModule } from '../task-runner.module.js';
import type { MemoryData } from './memory/memory-data.js';
import { memoryStorage } from './memory-storage.js';
import { bringsRunner, type Imported } from './runner-in.js';

/** What a test wants of the application under test. */
export interface TestApplication extends ModuleMetadata {
  /** Options of the runner that the test adds when no module imports `TaskRunnerModule`. */
  runner?: Omit<TaskRunnerOptions, 'storeUrl' | 'redisUrl' | 'locks' | 'clock' | keyof StoreOptions>;
  /** Replaces providers, as `(builder) => builder.overrideProvider(Mailer).useValue(fake)`. */
  override?: (builder: TestingModuleBuilder) => TestingModuleBuilder;
  /** Where the application logs. Default: errors alone, as in each testing module of Nest. */
  logger?: LoggerService;
}

/** Some thirty years, in milliseconds. */
const EVER_MS = 1e12;
/**
 * One process alone needs neither to show that it is alive nor to look for what is due next again, and on a clock that
 * stands nothing needs a lead: a clock that moves in leaps has nothing to stop for between two occurrences.
 */
const ALONE = {
  ...{ lockLifeMs: EVER_MS, heartbeatMs: EVER_MS, horizonMs: EVER_MS },
  armingMs: 0,
} satisfies Partial<EngineSettings>;

/** The application as a testing module, its runner on the clock and on stores in memory; it is not started yet. */
export async function testModule(
  { runner, override, logger, ...metadata }: TestApplication,
  clock: Clock,
  makeData: () => MemoryData,
): Promise<TestingModule> {
  const imports = [...((metadata.imports ?? []) as Imported[])];
  if (!(await bringsRunner(imports))) imports.push({ ...TaskRunnerModule.forRoot(runner), global: true });
  const builder = Test.createTestingModule({ ...metadata, imports })
    .overrideProvider(STORAGE)
    .useFactory({ factory: () => memoryStorage(makeData()) })
    .overrideProvider(LOCKS)
    .useFactory({ factory: locksOf, inject: [STORAGE] });
  for (const name of runnersApart()) overrideParts(builder, clock, name);
  if (logger) builder.setLogger(logger);
  return (override?.(builder) ?? builder).compile();
}

/** Replaces parts of the runner of this name, or of the one without a name. */
function overrideParts(builder: TestingModuleBuilder, clock: Clock, name: string | undefined): void {
  const override = (token: InjectionToken) => builder.overrideProvider(tokenApart(token, name));
  override(Clock).useValue(clock);
  override(KeyRing).useFactory({ factory: () => KeyRing.single('testing', Buffer.alloc(KEY_BYTES)) });
  // A test may look at all that it has seen, however long ago.
  override(CHORES).useValue([]);
  override(ENGINE_SETTINGS).useFactory({
    factory: ({ engine }: ResolvedOptions): EngineSettings => ({ ...engine, ...ALONE }),
    inject: [tokenApart(RUNNER_OPTIONS, name)],
  });
}
