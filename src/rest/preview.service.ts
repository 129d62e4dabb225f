import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { InvalidInputError } from '../domain/errors.js';
import { TriggerResolver } from '../triggers/trigger-resolver.js';
import type { PreviewRequest } from './requests/trigger.requests.js';
import { within } from './responses/batch.response.js';
import { toPreviewResponse, type PreviewResponse } from './responses/planned-runs.response.js';

/** Shows what a trigger would do, without storing anything. */
@Injectable()
export class PreviewService {
  constructor(
    private readonly resolver: TriggerResolver,
    private readonly clock: Clock,
  ) {}

  /** The first `count` instants after `from`, which is now unless given. Throws an `InvalidInputError`. */
  preview({ trigger, from, count }: PreviewRequest): PreviewResponse {
    try {
      return toPreviewResponse(this.resolver.preview(trigger, from ?? this.clock.now(), count));
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      throw new InvalidInputError(error.faults.map((fault) => within('/trigger', fault)));
    }
  }
}
