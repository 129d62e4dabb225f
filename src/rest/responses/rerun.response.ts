import type { Backfill } from '../../rerun/backfill.service.js';
import { toIso, toIsoOrNull } from '../instants.js';
import { respond, Shown, ShownInstant } from './expose.js';

/** What a backfill has stored to run. */
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

  @Shown({ type: [String], description: 'Their nominal times.' })
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
