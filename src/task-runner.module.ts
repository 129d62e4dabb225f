import { Module, type DynamicModule } from '@nestjs/common';
import { SettingsError } from './domain/errors.js';
import { undefinedFault, type TaskRunnerAsyncOptions, type TaskRunnerOptions } from './options.js';
import { demandRunnerName } from './runner/runner-names.js';
import { RunnerModule } from './runner/runner.module.js';

/** How the module stands in the application. */
export interface TaskRunnerPlace {
  /**
   * The name of this runner, where an application has several: 1 to 40 letters, digits, `.`, `_` or `-`. At most one has
   * none.
   */
  name?: string;
  /** Whether all modules of the application can inject the scheduler, without an import of theirs. Default true. */
  global?: boolean;
}

/** The options of `TaskRunnerModule.forRoot`. */
export type TaskRunnerModuleOptions = TaskRunnerOptions & TaskRunnerPlace;

/** Options of `TaskRunnerModule.forRootAsync`: name and place are known before the other options are. */
export type TaskRunnerModuleAsyncOptions = TaskRunnerAsyncOptions & TaskRunnerPlace;

/** The task runner as a module: imported into an application, it runs that application's tasks in its process. */
@Module({})
export class TaskRunnerModule {
  /** @throws SettingsError for a wrong name or place; other wrong options stop the start of the application */
  static forRoot(options: TaskRunnerModuleOptions = {}): DynamicModule {
    // Whatever is no object is refused with the other options.
    if (typeof options !== 'object' || options === null) return moduleOf({}, { useFactory: () => options });
    const { name: _, global: __, ...rest } = options;
    return moduleOf(placeOf(options), { useFactory: () => rest });
  }

  /** The module with options that other providers supply. @throws SettingsError for a wrong name or place */
  static forRootAsync(options: TaskRunnerModuleAsyncOptions): DynamicModule {
    const { name: _, global: __, ...rest } = options;
    return moduleOf(placeOf(options), rest);
  }
}

function moduleOf({ global = true, ...named }: TaskRunnerPlace, options: TaskRunnerAsyncOptions): DynamicModule {
  const runner = RunnerModule.forRootAsync({ ...options, ...named });
  return { module: TaskRunnerModule, global, imports: [runner], exports: [runner] };
}

/** Name and place, checked. @throws SettingsError */
function placeOf(options: TaskRunnerPlace): TaskRunnerPlace {
  const place = Object.fromEntries(PLACE.filter((key) => key in options).map((key) => [key, options[key]]));
  for (const [key, value] of Object.entries(place)) {
    if (value === undefined) throw new SettingsError(undefinedFault(key));
  }
  if ('name' in place) demandRunnerName(place['name']);
  if ('global' in place && typeof place['global'] !== 'boolean')
    throw new SettingsError('global must be true or false.');
  return place;
}

const PLACE = ['name', 'global'] as const;
