import type { Change } from '../../audit/audit-recorder.js';
import { toIso } from '../../domain/instants.js';
import type { Run } from '../../domain/run.js';

/**
 * What the audit trail records of a request about a run, with the reason that was given; the outcome of the run is recorded
 * separately.
 */
export const requestOf = (action: string, run: Run, reason?: string): Change => ({
  organization: run.organization,
  action,
  object: { type: 'run', id: run.id },
  within: [run.taskId],
  after: {
    taskId: run.taskId,
    trigger: run.trigger,
    state: run.state,
    scheduledFor: toIso(run.scheduledFor),
    retryOf: run.retryOf,
    ...(run.parameters && { parameters: run.parameters }),
    ...(reason !== undefined && { reason }),
  },
});
