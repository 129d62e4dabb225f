import { Module, type DynamicModule } from '@nestjs/common';
import { BackfillService } from './backfill.service.js';
import { CancellationsService } from './cancellations.service.js';
import { RedriveService } from './redrive.service.js';

/** Runs again what failed or did not run. */
@Module({})
export class RerunModule {
  /** `scheduling` is the module of tasks and runs, `ledger` that of outcomes of occurrences. */
  static forRoot(scheduling: DynamicModule, ledger: DynamicModule): DynamicModule {
    return {
      module: RerunModule,
      imports: [scheduling, ledger],
      providers: [BackfillService, RedriveService, CancellationsService],
      exports: [BackfillService, RedriveService, CancellationsService],
    };
  }
}
