import { TasksController } from './tasks/tasks.controller.js';
import { SkipController } from './tasks/skip.controller.js';
import { CheckController } from './tasks/check.controller.js';
import { BulkController } from './tasks/bulk.controller.js';
import { LedgerController } from './ledger/ledger.controller.js';
import { ReportSchedulesController } from './reports/report-schedules.controller.js';
import { ReportsController } from './reports/reports.controller.js';
import { OccurrencesController } from './occurrences/occurrences.controller.js';
import { TaskFiguresController } from './overview/task-figures.controller.js';
import { SearchController } from './overview/search.controller.js';
import { OverviewController } from './overview/overview.controller.js';
import { RunsController } from './runs/runs.controller.js';
import { CancellationsController } from './rerun/cancellations.controller.js';
import { RerunController } from './rerun/rerun.controller.js';
import { TriggersController } from './triggers/triggers.controller.js';
import { InstancesController } from './instances/instances.controller.js';
import { QueuesController } from './queues/queues.controller.js';
import { CalendarsController } from './settings/calendars.controller.js';
import { ImpactController } from './settings/impact.controller.js';
import { UsageController } from './settings/usage.controller.js';
import { SettingsController } from './settings/settings.controller.js';
import { InstallationAuditController } from './installation/installation-audit.controller.js';
import { InstallationSettingsController } from './installation/installation-settings.controller.js';
import { TransportsController } from './installation/transports.controller.js';
import { InstallationController } from './installation/installation.controller.js';
import { ApiKeysController } from './api-keys/api-keys.controller.js';
import { ClockChangesController } from './forecast/clock-changes.controller.js';
import { ForecastController } from './forecast/forecast.controller.js';
import { StatsController } from './stats/stats.controller.js';
import { EventsController } from './events/events.controller.js';
import { DeadLettersController } from './dead-letters/dead-letters.controller.js';
import { HooksController } from './webhooks/hooks.controller.js';
import { WebhookSourcesController } from './webhooks/webhook-sources.controller.js';
import { NotificationChannelsController } from './notifications/notification-channels.controller.js';
import { NotificationDeliveriesController } from './notifications/notification-deliveries.controller.js';
import { NotificationRulesController } from './notifications/notification-rules.controller.js';
import { ChangesController } from './changes/changes.controller.js';
import { MeController } from './me/me.controller.js';
import { AuditController } from './audit/audit.controller.js';

/** The resources of the API: the service serves them, and the OpenAPI document describes them. */
export const API_CONTROLLERS = [
  TasksController,
  BulkController,
  CheckController,
  SkipController,
  OccurrencesController,
  OverviewController,
  SearchController,
  TaskFiguresController,
  LedgerController,
  RunsController,
  RerunController,
  CancellationsController,
  TriggersController,
  InstancesController,
  QueuesController,
  SettingsController,
  UsageController,
  ImpactController,
  CalendarsController,
  InstallationController,
  InstallationSettingsController,
  InstallationAuditController,
  TransportsController,
  ApiKeysController,
  ForecastController,
  ClockChangesController,
  StatsController,
  ChangesController,
  ReportsController,
  ReportSchedulesController,
  EventsController,
  WebhookSourcesController,
  HooksController,
  NotificationChannelsController,
  NotificationRulesController,
  NotificationDeliveriesController,
  DeadLettersController,
  MeController,
  AuditController,
];
