import { Type } from 'class-transformer';
import type { PlannedRun } from '../../triggers/trigger-type.js';
import { toIso } from '../instants.js';
import { respond, Shown, ShownInstant } from './expose.js';

/** A coming occurrence. */
export class PlannedRunResponse {
  @ShownInstant()
  at!: string;

  @Shown({ required: false, description: 'Whether a clock change moved it.' })
  shifted?: boolean;

  @ShownInstant({ required: false, description: 'When the task’s spread lets it start.' })
  dueAt?: string;
}

/** The coming occurrences, soonest first. */
export class PlannedRunsResponse {
  @Shown({ type: [PlannedRunResponse] })
  @Type(() => PlannedRunResponse)
  runs!: PlannedRunResponse[];
}

/** What a trigger does, in instants and in words. */
export class PreviewResponse extends PlannedRunsResponse {
  @Shown({ example: 'At 02:00 AM, Monday through Friday' })
  description!: string;
}

const shown = (runs: readonly PlannedRun[]): PlannedRunResponse[] =>
  runs.map(({ dueAt, ...run }) => ({ ...run, at: toIso(run.at), ...(dueAt !== undefined && { dueAt: toIso(dueAt) }) }));

export const toPlannedRunsResponse = (runs: readonly PlannedRun[]): PlannedRunsResponse =>
  respond(PlannedRunsResponse, { runs: shown(runs) });

export const toPreviewResponse = (preview: { runs: PlannedRun[]; description: string }): PreviewResponse =>
  respond(PreviewResponse, { ...preview, runs: shown(preview.runs) });
