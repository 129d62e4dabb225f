import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { AttentionService } from './attention.js';
import { CalendarView } from './calendar-view.js';
import { CapacityService } from './capacity.js';
import { ClockChanges } from './clock-changes.js';
import { FailureGroups } from './failure-classes.js';
import { ListedRuns } from './listed-runs.js';
import { MendedFailures } from './mended.js';
import { RunRequests } from './run-request.js';
import { SearchService } from './search.js';
import { SettingsImpactService } from './settings-impact.js';
import { TaskFacetsService } from './task-facets.js';
import { TaskListing } from './task-listing.js';
import { TaskFiguresService } from './task-figures.js';
import { TaskSeries } from './task-series.js';
import { TaskVersions } from './task-versions.js';
import { UnitDemand } from './unit-demand.js';
import { UsageService } from './usage.js';
import { UpcomingStarts } from './upcoming.js';

/** What an operator looks at first. Part of the service. */
@Module({})
export class OverviewModule {
  /** `imports` must contain the module that exports the engine's services. */
  static forRoot(imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    const providers = [
      AttentionService,
      CalendarView,
      CapacityService,
      ClockChanges,
      FailureGroups,
      ListedRuns,
      MendedFailures,
      RunRequests,
      UpcomingStarts,
      TaskFiguresService,
      TaskListing,
      TaskSeries,
      TaskVersions,
      UnitDemand,
      UsageService,
      SettingsImpactService,
      SearchService,
      TaskFacetsService,
    ];
    return { module: OverviewModule, imports, providers, exports: providers };
  }
}
