import { Module, type DynamicModule } from '@nestjs/common';
import { LedgerService } from './ledger.service.js';
import { TaskTimes } from './task-times.js';

/** The outcomes of occurrences, and their reasons. */
@Module({})
export class LedgerModule {
  /** `scheduling` is the module of tasks and runs. */
  static forRoot(scheduling: DynamicModule): DynamicModule {
    return {
      module: LedgerModule,
      imports: [scheduling],
      providers: [TaskTimes, LedgerService],
      exports: [TaskTimes, LedgerService],
    };
  }
}
