import { Module, type DynamicModule } from '@nestjs/common';
import { ExplainService } from './explain.service.js';
import { Neighbourhood } from './neighbourhood.js';

/** Why the occurrences of tasks ran, wait, were late or did not run. */
@Module({})
export class ExplainModule {
  /** The modules of tasks and runs, of the ledger and of the instances. */
  static forRoot(scheduling: DynamicModule, ledger: DynamicModule, cluster: DynamicModule): DynamicModule {
    return {
      module: ExplainModule,
      imports: [scheduling, ledger, cluster],
      providers: [Neighbourhood, ExplainService],
      exports: [ExplainService],
    };
  }
}
