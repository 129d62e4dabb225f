import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { LatestOutcomes } from './latest-outcomes.js';
import { OccurrenceMatrix } from './occurrence-matrix.js';
import { PastOccurrences } from './past-occurrences.js';

/** What became of the occurrences of many tasks at once, and what is to come of them. Part of the service. */
@Module({})
export class OccurrencesModule {
  /** `imports` must contain the module that exports the engine's services. */
  static forRoot(imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return {
      module: OccurrencesModule,
      imports,
      providers: [PastOccurrences, OccurrenceMatrix, LatestOutcomes],
      exports: [OccurrenceMatrix, LatestOutcomes],
    };
  }
}
