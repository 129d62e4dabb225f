import type { Backfill } from '../../rerun/backfill.service.js';
import type { Cancellations } from '../../rerun/cancellations.service.js';
import type { Redrive } from '../../rerun/redrive.service.js';
import { toIso, toIsoOrNull } from '../../domain/instants.js';
import { respond, Shown, ShownInstant } from '../http/expose.js';

/** What a backfill has scheduled. */
export class BackfillResponse {
  @Shown({ type: 'integer', description: 'How many runs this request has made.' })
  count!: number;

  @Shown({ type: 'integer', description: 'How many occurrences of the range had a run already.' })
  existing!: number;

  @Shown({ type: [String], description: 'The ids of the runs, by nominal time.' })
  runs!: string[];
}

/** What a backfill would run. */
export class BackfillPlanResponse {
  @Shown({ type: 'integer', description: 'How many occurrences would run.' })
  count!: number;

  @Shown({ type: 'integer', description: 'How many occurrences of the range have a run already.' })
  existing!: number;

  @ShownInstant({ nullable: true, description: 'The first of the occurrences.' })
  first!: string | null;

  @ShownInstant({ nullable: true, description: 'The last of the occurrences.' })
  last!: string | null;

  @Shown({ type: [String], description: 'The nominal times of the occurrences.' })
  occurrences!: string[];
}

export const toBackfillResponse = ({ runIds, existing }: Backfill): BackfillResponse =>
  respond(BackfillResponse, { count: runIds.length, existing, runs: runIds });

export const toBackfillPlanResponse = ({ occurrences, existing }: Backfill): BackfillPlanResponse =>
  respond(BackfillPlanResponse, {
    count: occurrences.length,
    existing,
    first: toIsoOrNull(occurrences[0] ?? null),
    last: toIsoOrNull(occurrences.at(-1) ?? null),
    occurrences: occurrences.map(toIso),
  });

/** Which runs a request runs again. */
export class RetriesResponse {
  @Shown({ type: 'integer', description: 'How many runs are driven again.' })
  count!: number;

  @Shown({ type: 'integer', description: 'How many matching runs had been driven again before.' })
  existing!: number;

  @Shown({ type: [String], description: 'The ids of the new runs, by nominal time.' })
  runs!: string[];

  @Shown({ type: [String], description: 'The ids of the failed runs that they drive again.' })
  retryOf!: string[];

  @ShownInstant({
    nullable: true,
    description:
      'The nominal time from which there may be more runs: pass it as `from` of the next request. Null if there are no more.',
  })
  next!: string | null;
}

/** What a request would run again. */
export class RetriesPlanResponse {
  @Shown({ type: 'integer', description: 'How many runs would be driven again.' })
  count!: number;

  @Shown({ type: 'integer', description: 'How many matching runs had been driven again before.' })
  existing!: number;

  @ShownInstant({ nullable: true, description: 'The nominal time of the first of these runs.' })
  first!: string | null;

  @ShownInstant({ nullable: true, description: 'The nominal time of the last of these runs.' })
  last!: string | null;

  @Shown({ type: [String], description: 'The ids of the failed runs.' })
  retryOf!: string[];

  @ShownInstant({
    nullable: true,
    description:
      'The nominal time from which there may be more runs: pass it as `from` of the next request. Null if there are no more.',
  })
  next!: string | null;
}

export const toRetriesResponse = ({ failed, runIds, existing, next }: Redrive): RetriesResponse =>
  respond(RetriesResponse, {
    count: runIds.length,
    existing,
    runs: runIds,
    retryOf: failed.map(({ id }) => id),
    next: toIsoOrNull(next),
  });

export const toRetriesPlanResponse = ({ failed, existing, next }: Redrive): RetriesPlanResponse =>
  respond(RetriesPlanResponse, {
    count: failed.length,
    existing,
    first: toIsoOrNull(failed[0]?.scheduledFor ?? null),
    last: toIsoOrNull(failed.at(-1)?.scheduledFor ?? null),
    retryOf: failed.map(({ id }) => id),
    next: toIsoOrNull(next),
  });

/** A run that could not be cancelled. */
export class UncancelledResponse {
  @Shown({ format: 'uuid' })
  id!: string;

  @Shown()
  detail!: string;
}

/** What was cancelled, or would be. */
export class CancellationsResponse {
  @Shown({ description: 'Whether nothing was cancelled.' })
  dryRun!: boolean;

  @Shown({ type: 'integer' })
  count!: number;

  @Shown({ type: [String], description: 'The ids of the runs, newest first.' })
  runs!: string[];

  @Shown({ type: [UncancelledResponse], description: 'Runs that could not be cancelled, and have not finished.' })
  failed!: UncancelledResponse[];

  @Shown({ description: 'Whether there may be more such runs: the same request again means those.' })
  hasMore!: boolean;
}

export const toCancellationsResponse = (told: Cancellations, dryRun: boolean): CancellationsResponse =>
  respond(CancellationsResponse, { ...told, dryRun, count: told.runs.length });
