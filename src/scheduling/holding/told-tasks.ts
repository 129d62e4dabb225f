import { Injectable } from '@nestjs/common';
import type { LedgerEntry } from '../../domain/ledger.js';
import { taskMessage, type TaskChangeKind } from '../../domain/lifecycle-message.js';
import type { Task } from '../../domain/task.js';
import { Outbox, type Draft } from '../../outbox/outbox.js';
import { TaskStore, type Standing } from '../ports/task.store.js';
import { missedDrafts } from './missed-drafts.js';

/** What kind of change it is; `cause` where the engine pauses a task because its runs keep failing. */
export interface TaskChangeTold {
  change: TaskChangeKind;
  cause?: 'failures' | undefined;
}

/** Writes changes of tasks together with what is told of them. */
@Injectable()
export class ToldTasks {
  constructor(
    private readonly tasks: TaskStore,
    private readonly outbox: Outbox,
  ) {}

  /** As `TaskStore.insert`. */
  insert(tasks: readonly Task[]): Promise<Set<string>> {
    if (!this.outbox.isOn) return this.tasks.insert(tasks);
    const drafts = tasks.map((task) => draftOf(task, { change: 'created' }, task.createdAt, 'there'));
    return this.outbox.tell(
      drafts,
      (tellings) => this.tasks.insert(tasks, tellings),
      (known, id) => !known.has(id),
    );
  }

  /** As `TaskStore.replace`. */
  replace(task: Task, read: Standing, ledger: readonly LedgerEntry[], told: TaskChangeTold): Promise<boolean> {
    const { organization } = task;
    if (!this.outbox.isOn) return this.tasks.replace(organization, task, read, ledger);
    return this.outbox.tell(
      [draftOf(task, told, task.updatedAt), ...missedDrafts(task, ledger, task.updatedAt)],
      (tellings) => this.tasks.replace(organization, task, read, ledger, tellings),
      (isReplaced) => isReplaced,
    );
  }

  /** As `TaskStore.remove`, at `now` (epoch ms). */
  remove(task: Task, now: number): Promise<boolean> {
    const { organization, id, generation } = task;
    if (!this.outbox.isOn) return this.tasks.remove(organization, id, generation);
    return this.outbox.tell(
      [draftOf(task, { change: 'deleted' }, now, 'gone')],
      (tellings) => this.tasks.remove(organization, id, generation, tellings),
      (isRemoved) => isRemoved,
    );
  }

  /** Whether anybody wants to be told. */
  get isOn(): boolean {
    return this.outbox.isOn;
  }

  /** Tells that the last run of the task has ended, at `now` (epoch ms). */
  completed(task: Task, now: number): Promise<void> {
    return this.outbox.tellAlone(taskMessage(task, 'completed', now));
  }
}

const draftOf = (task: Task, { change, cause }: TaskChangeTold, at: number, is?: 'there' | 'gone'): Draft => ({
  message: taskMessage(task, change, at, cause),
  subject: task.id,
  task: { generation: task.generation, ...(is && { is }) },
});
