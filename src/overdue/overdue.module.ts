import { Module, type DynamicModule } from '@nestjs/common';
import { OverdueNews } from './overdue-news.js';
import { OverdueSearch } from './overdue-search.js';
import { OverdueWatch } from './overdue-watch.js';

/** Finds by the store alone what should have begun and has not, so that no task stops silently. */
@Module({})
export class OverdueModule {
  /** `scheduling` is the module of the engine and its lock. */
  static forRoot(scheduling: DynamicModule): DynamicModule {
    return {
      module: OverdueModule,
      imports: [scheduling],
      providers: [OverdueSearch, OverdueNews, OverdueWatch],
      exports: [OverdueWatch],
    };
  }
}
