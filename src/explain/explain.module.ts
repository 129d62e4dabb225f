import { Module, type DynamicModule } from '@nestjs/common';
import { OrganizationsModule } from '../organizations/organizations.module.js';
import { ExplainService } from './explain.service.js';
import { Neighbourhood } from './neighbourhood.js';

/** Explains why the occurrences of tasks ran, wait, were late or did not run. */
@Module({})
export class ExplainModule {
  /** The modules of tasks and runs, of the ledger, and of the instances. */
  static forRoot(scheduling: DynamicModule, ledger: DynamicModule, instances: DynamicModule): DynamicModule {
    return {
      module: ExplainModule,
      imports: [scheduling, ledger, instances, OrganizationsModule],
      providers: [Neighbourhood, ExplainService],
      exports: [ExplainService],
    };
  }
}
