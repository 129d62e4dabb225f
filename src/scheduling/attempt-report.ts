import { isFinished, type RunProgress } from '../domain/run.js';
import { endedEntry } from '../execution-log/attempt-entries.js';
import type { AttemptLog } from '../execution-log/execution-log-manager.js';

/** Tells in its log how the attempt of a run ended, `tookMs` after its start, and what follows from it. */
export function reportEnd(log: AttemptLog, progress: RunProgress, tookMs: number): void {
  const last = progress.attempts.at(-1)!;
  const { level, message } = endedEntry(last, tookMs);
  log.add(level, message);
  if (progress.state === 'retrying') {
    log.add('warn', `Attempt ${progress.attempt} follows in ${progress.dueAt - last.finishedAt} ms`, {
      dueAt: progress.dueAt,
    });
  } else if (isFinished(progress.state) && progress.state !== last.outcome) {
    log.add('info', `The run is ${progress.state.replace('_', ' ')}`);
  }
}
