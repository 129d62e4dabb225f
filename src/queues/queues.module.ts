import { Module, type DynamicModule } from '@nestjs/common';
import { OrganizationsModule } from '../organizations/organizations.module.js';
import { QueuesService } from './queues.service.js';

/** The queues of organizations: what waits in them, who works them, and their pauses. */
@Module({})
export class QueuesModule {
  /** `instances` tells which instances there are. */
  static forRoot(instances: DynamicModule): DynamicModule {
    return {
      module: QueuesModule,
      imports: [OrganizationsModule, instances],
      providers: [QueuesService],
      exports: [QueuesService],
    };
  }
}
