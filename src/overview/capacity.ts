import { Injectable } from '@nestjs/common';
import { InstanceRegistry, type KnownInstance } from '../cluster/instance-registry.js';
import { QuotasService } from '../organizations/quotas.service.js';

/** What limits how much an organization can start; without a limit, null. */
export interface Capacity {
  /** How many runs all living instances execute at a time, of whichever organization. */
  slots: number;
  concurrentRuns: number | null;
  startsPerMinute: number | null;
}

/** Whether the instance executes runs, of whichever queue. */
export const isWorking = ({ alive, leaving, work }: KnownInstance): boolean =>
  alive && !leaving && (work?.works ?? true);

/** Tells what a forecast is to be compared with. */
@Injectable()
export class CapacityService {
  constructor(
    private readonly instances: InstanceRegistry,
    private readonly quotas: QuotasService,
  ) {}

  /** @throws StoreUnavailableError */
  async of(organization: string): Promise<Capacity> {
    const [instances, quotas] = await Promise.all([this.instances.list(), this.quotas.of(organization)]);
    const slots = instances.filter(isWorking).reduce((sum, { concurrency }) => sum + concurrency, 0);
    return {
      slots,
      concurrentRuns: quotas.concurrentRuns ?? null,
      startsPerMinute: quotas.startsPerMinute ?? null,
    };
  }
}
