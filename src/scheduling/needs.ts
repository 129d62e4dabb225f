import { Injectable } from '@nestjs/common';
import { QuotasService } from '../organizations/quotas.service.js';
import type { HeldRun } from './held-run.js';
import { CONCURRENT_RUNS, STARTS_PER_MINUTE, type Units } from './resource-pools.js';

/** Knows what runs need before they can start: units for their task, and what their organization has a quota of. */
@Injectable()
export class Needs {
  constructor(private readonly quotas: QuotasService) {}

  /** What the run needs, as far as the quotas are known. */
  of({ run, task }: HeldRun): Units {
    const units = task.definition.resources ?? {};
    const quotas = this.quotas.known(run.organization);
    if (quotas?.concurrentRuns === undefined && quotas?.startsPerMinute === undefined) return units;
    return {
      ...units,
      ...(quotas.concurrentRuns !== undefined && { [CONCURRENT_RUNS]: 1 }),
      ...(quotas.startsPerMinute !== undefined && { [STARTS_PER_MINUTE]: 1 }),
    };
  }

  /** What an attempt under way holds: it has started already. */
  ofBegun(held: HeldRun): Units {
    const { [STARTS_PER_MINUTE]: _start, ...units } = this.of(held);
    return units;
  }

  /** Resolves once the quotas of the organization are known, or cannot be; undefined where they are. */
  learn(organization: string): Promise<void> | undefined {
    if (this.quotas.known(organization)) return undefined;
    return this.quotas.of(organization).then(
      () => undefined,
      () => undefined,
    );
  }
}
