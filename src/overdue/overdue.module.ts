import { Module, type DynamicModule } from '@nestjs/common';
import { OutboxModule } from '../outbox/outbox.module.js';
import { OrganizationsModule } from '../organizations/organizations.module.js';
import { OverdueNews } from './overdue-news.js';
import { OverdueSearch } from './overdue-search.js';
import { OverdueWatch } from './overdue-watch.js';

/** Finds what should have started and has not, by the store alone, so that no task stops silently. */
@Module({})
export class OverdueModule {
  /** `scheduling` is the module of the engine and its lock. */
  static forRoot(scheduling: DynamicModule): DynamicModule {
    return {
      module: OverdueModule,
      imports: [scheduling, OrganizationsModule, OutboxModule],
      providers: [OverdueSearch, OverdueNews, OverdueWatch],
      exports: [OverdueWatch],
    };
  }
}
