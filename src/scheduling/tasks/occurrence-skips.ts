import { Injectable } from '@nestjs/common';
import { currentActor } from '../../audit/actor.js';
import { StateConflictError } from '../../domain/errors.js';
import { toIso } from '../../domain/instants.js';
import type { LedgerEntry } from '../../domain/ledger.js';
import type { Skip } from '../../domain/skip.js';
import type { Task } from '../../domain/task.js';
import { workedOut } from '../../triggers/timetable-fault.js';
import { BegunSkips } from '../dispatch/begun-skips.js';
import { entryOfSkip } from '../planning/left-out.js';
import { restoringTask, skipAt, skippingTask } from '../planning/skips.js';
import { withSkips } from '../planning/task-changes.js';
import { Revocation } from './revocation.js';
import { TaskReplacer } from './task-replacer.js';

/** How much of the name of who skips is kept. */
const LONGEST_NAME = 100;

/** Takes single occurrences out of the plans of tasks, and back into them. */
@Injectable()
export class OccurrenceSkips {
  constructor(
    private readonly replacer: TaskReplacer,
    private readonly revocation: Revocation,
    private readonly begun: BegunSkips,
  ) {}

  /**
   * Skips the task's occurrence of this nominal time (epoch ms). Resolves to what the ledger is going to tell of it, when
   * it cannot start any more; skipped again, it stays as it is.
   * @throws NotFoundError, InvalidInputError, StateConflictError
   */
  async skip(organization: string, id: string, at: number, reason: string): Promise<LedgerEntry> {
    const skip: Skip = { at, by: currentActor().id.slice(0, LONGEST_NAME), reason };
    const replacement = { organization, id, change: 'changed', recordedAs: 'occurrence-skipped' } as const;
    let isKnown = false;
    const task = await this.replacer.replace(replacement, (found, now, { timetables }) => {
      isKnown = skipAt(found, at) !== undefined;
      return isKnown ? found : workedOut(() => skippingTask(found, skip, timetables, now));
    });
    // Whoever skipped it may not have come to the end of taking back what was armed.
    if (isKnown) await this.revocation.revoke(task, task.updatedAt);
    if (await this.begun.has(task, at)) {
      await this.withdraw(task, at);
      throw new StateConflictError(`The occurrence of ${toIso(at)} has begun.`);
    }
    return entryOfSkip(task, skipAt(task, at) ?? skip);
  }

  /** Puts a skipped occurrence back. @throws NotFoundError, StateConflictError */
  async restore(organization: string, id: string, at: number): Promise<void> {
    const replacement = { organization, id, change: 'changed', recordedAs: 'occurrence-restored' } as const;
    await this.replacer.replace(replacement, (task, now, { timetables }) =>
      workedOut(() => restoringTask(task, at, timetables, now)),
    );
  }

  /** Takes back a skip that came too late; the occurrence has its run. */
  private async withdraw({ organization, id }: Task, at: number): Promise<void> {
    const replacement = { organization, id, change: 'changed', recordedAs: 'occurrence-restored' } as const;
    await this.replacer.replace(replacement, (task, now, { timetables }) => {
      const others = (task.skips ?? []).filter((skip) => skip.at !== at);
      // Later occurrences may be armed by now, which the change takes back as any other does.
      return skipAt(task, at) ? workedOut(() => withSkips(task, others, timetables, now)) : task;
    });
  }
}
