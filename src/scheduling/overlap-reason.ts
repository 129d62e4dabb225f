const REASON = /^overlap: run (\S+) of the task has not finished$/;

/** Why a run is skipped while another one of its task, with this id, has not finished. */
export const overlapReason = (runId: string): string => `overlap: run ${runId} of the task has not finished`;

/** The run that a reason names as the one that had not finished; null when it says something else. */
export const runInTheWay = (reason: string | null): string | null => REASON.exec(reason ?? '')?.[1] ?? null;
