import { Injectable } from '@nestjs/common';
import { QuotasService } from '../../organizations/quotas.service.js';
import type { HeldRun } from '../planning/held-run.js';
import { CONCURRENT_RUNS, STARTS_PER_MINUTE, type Units } from './pool-sizes.js';

/** Knows what runs need before they can start: units for their task, and units of their organization's quotas. */
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

  /**
   * Resolves once the quotas of the organization are known or cannot be loaded; undefined when they are known already.
   */
  learn(organization: string): Promise<void> | undefined {
    if (this.quotas.known(organization)) return undefined;
    return this.quotas.of(organization).then(
      () => undefined,
      () => undefined,
    );
  }
}
