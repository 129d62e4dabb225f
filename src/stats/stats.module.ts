import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { FigureRecorder } from './figure-recorder.js';
import { NextStarts } from './next-starts.js';
import { SeriesService } from './series.service.js';
import { StatsService } from './stats.service.js';

/** The figures of organizations. Part of the service: a host application can count the lifecycle events itself. */
@Module({})
export class StatsModule {
  /** `imports` must contain the module that exports the engine's lock. */
  static forRoot(imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return {
      module: StatsModule,
      imports,
      providers: [FigureRecorder, NextStarts, StatsService, SeriesService],
      exports: [StatsService, SeriesService],
    };
  }
}
