import { Injectable } from '@nestjs/common';
import { EventsService } from '../events/events.service.js';
import { ExplainService } from '../explain/explain.service.js';
import { IdempotencyService } from '../idempotency/idempotency.service.js';
import { LedgerService } from '../ledger/ledger.service.js';
import { BackfillService } from '../rerun/backfill.service.js';
import { QueuesService } from '../queues/queues.service.js';
import { RedriveService } from '../rerun/redrive.service.js';
import { GrantsService } from '../organizations/grants.service.js';
import { InstallationSettingsService } from '../organizations/installation-settings.service.js';
import { SettingsService } from '../organizations/settings.service.js';
import { RunsService } from '../scheduling/runs/runs.service.js';
import { BulkChanges } from '../scheduling/tasks/bulk-changes.js';
import { OccurrenceSkips } from '../scheduling/tasks/occurrence-skips.js';
import { TasksService } from '../scheduling/tasks/tasks.service.js';
import { ChangeFeed } from './change-feed.js';
import { RunResults } from './run-results.js';
import { TriggerPreviews } from './trigger-previews.js';

/** What the schedulers of all organizations work with: the services that REST uses, too. */
@Injectable()
export class SchedulerServices {
  constructor(
    readonly tasks: TasksService,
    readonly runs: RunsService,
    readonly events: EventsService,
    readonly ledger: LedgerService,
    readonly explanations: ExplainService,
    readonly backfills: BackfillService,
    readonly redrives: RedriveService,
    readonly results: RunResults,
    readonly idempotency: IdempotencyService,
    readonly previews: TriggerPreviews,
    readonly bulk: BulkChanges,
    readonly settings: SettingsService,
    readonly grants: GrantsService,
    readonly installation: InstallationSettingsService,
    readonly changes: ChangeFeed,
    readonly queues: QueuesService,
    readonly skips: OccurrenceSkips,
  ) {}
}
