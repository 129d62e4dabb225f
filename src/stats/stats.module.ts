import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { FigureRecorder } from './figure-recorder.js';
import { NextStarts } from './next-starts.js';
import { StatsService } from './stats.service.js';

/** The figures of organizations. Part of the service: a host application has the events to count by itself. */
@Module({})
export class StatsModule {
  /** `imports` must hold the module that exports the engine's lock. */
  static forRoot(imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return {
      module: StatsModule,
      imports,
      providers: [FigureRecorder, NextStarts, StatsService],
      exports: [StatsService],
    };
  }
}
