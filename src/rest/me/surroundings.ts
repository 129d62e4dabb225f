import { Inject, Injectable } from '@nestjs/common';
import { RequestRates } from '../../auth/rates/request-rates.js';
import { FreshReads } from '../../batching/fresh-reads.js';
import { Clock } from '../../clock/clock.js';
import { InstanceRegistry } from '../../cluster/instance-registry.js';
import { packageVersion } from '../../cluster/package-version.js';
import { COMMON_ACTIONS } from '../../domain/need.js';
import { RUNNER_OPTIONS, type ResolvedOptions } from '../../options.js';
import { RuntimeSettings } from '../../settings/runtime-settings.js';
import { FIGURES_KEPT_DAYS } from '../../stats/figures.js';
import { TriggerResolver } from '../../triggers/trigger-resolver.js';
import { BODY_LIMIT } from '../http/http-adapter.js';
import { MOST_ITEMS } from '../http/page.js';
import { MOST_IN_BATCH } from '../tasks/task.requests.js';
import type { Surroundings } from './me.response.js';

const MOST_HANDLERS = 1000;
/** How old what instances do may be (ms). */
const FRESH_MS = 1000;

/** What every caller may expect of the service: limits, how long things are kept, and what its instances can do. */
@Injectable()
export class ServiceSurroundings {
  private readonly version = packageVersion();
  private readonly fresh: FreshReads<Pick<Surroundings, 'actions' | 'handlers'>>;

  constructor(
    private readonly instances: InstanceRegistry,
    private readonly resolver: TriggerResolver,
    private readonly rates: RequestRates,
    private readonly settings: RuntimeSettings,
    clock: Clock,
    @Inject(RUNNER_OPTIONS) private readonly options: Pick<ResolvedOptions, 'limits' | 'smtp' | 'tracing'>,
  ) {
    this.fresh = new FreshReads(clock, FRESH_MS, () => this.work());
  }

  /** @throws StoreUnavailableError */
  async now(): Promise<Surroundings> {
    const { limits, smtp, tracing } = this.options;
    return {
      version: this.version,
      limits: {
        pageSize: MOST_ITEMS,
        batch: MOST_IN_BATCH,
        bodyBytes: BODY_LIMIT,
        taskBytes: limits.taskBytes,
        requestsPerMinute: this.rates.requestLimit,
      },
      retention: {
        ...this.settings.retention,
        failedRunsDays: this.settings.retention.failedRunsDays ?? null,
        figuresDays: FIGURES_KEPT_DAYS,
      },
      ...(await this.fresh.get('')),
      triggerTypes: this.resolver.typeNames(),
      features: { email: smtp.url !== null && smtp.from !== null, tracing },
    };
  }

  private async work(): Promise<Pick<Surroundings, 'actions' | 'handlers'>> {
    const living = (await this.instances.list()).filter(({ alive }) => alive);
    const all = (lists: (readonly string[] | undefined)[]) => [...new Set(lists.flatMap((list) => list ?? []))].sort();
    const handlers = all(living.map(({ work }) => work?.handlers)).slice(0, MOST_HANDLERS);
    return { actions: all([COMMON_ACTIONS, ...living.map(({ work }) => work?.actions)]), handlers };
  }
}
