import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import type { LedgerEntry } from '../domain/ledger.js';
import type { Run } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import { LedgerService } from '../ledger/ledger.service.js';
import { TaskTimes } from '../ledger/task-times.js';
import { TasksService } from '../scheduling/tasks.service.js';
import { absenceAt, absentStory, emptyStory, noneToCome, unregistered } from './absence.js';
import { entryStory } from './entry-story.js';
import { dueInstantOf, ofTask, ofTriggers } from './evidence.js';
import type { Explanation, Story } from './explanation.js';
import { movedStart } from './moved-start.js';
import { nearest, type Known, type Subject, type Tables } from './nearest.js';
import { Neighbourhood } from './neighbourhood.js';
import { overdueStory, upcomingStory } from './planned-story.js';
import { runStory } from './run-story.js';

/** What is known when a question is answered. */
interface Question extends Known {
  now: number;
  unknown: readonly string[];
}

/** Tells why the occurrences of tasks ran, wait, were late or did not run, and what would have to change. */
@Injectable()
export class ExplainService {
  constructor(
    private readonly tasks: TasksService,
    private readonly ledger: LedgerService,
    private readonly times: TaskTimes,
    private readonly neighbourhood: Neighbourhood,
    private readonly clock: Clock,
  ) {}

  /** The story of the task's occurrence that is nearest to `at` (epoch ms), which is now unless given. @throws NotFoundError */
  async explain(organization: string, taskId: string, at = this.clock.now()): Promise<Explanation> {
    // The task comes first: what it claims meanwhile is found among the runs.
    const task = await this.tasks.get(organization, taskId);
    const [runs, entries, tables] = await Promise.all([
      this.neighbourhood.runsAround(organization, taskId, at),
      this.ledger.around(task, at),
      this.tablesOf(task),
    ]);
    const unknown = this.times.unknownTypes(task);
    const question: Question = { task, at, runs, entries, tables, unknown, now: this.clock.now() };
    const subject = nearest(question);
    const story = subject ? await this.storyOf(subject, question) : emptyStory(noneToCome(task, unknown));
    return { at: subject?.at ?? at, ...story, evidence: [...story.evidence, ofTask(task)] };
  }

  private async tablesOf(task: Task): Promise<Tables | null> {
    const timetables = await this.times.of(task);
    if (!timetables) return null;
    const { startAt: _start, endAt: _end, calendars: _calendars, ...bare } = task.definition;
    const always = { ...task, since: Number.NEGATIVE_INFINITY };
    return { raw: timetables.timetableOf({ ...always, definition: bare }), full: timetables.timetableOf(always) };
  }

  private storyOf(subject: Subject, question: Question): Promise<Story> | Story {
    switch (subject.kind) {
      case 'run':
        return this.ofRun(subject.run, question);
      case 'entry':
        return this.ofEntry(subject.at, subject.entry, question);
      case 'planned':
        return this.ofPlanned(subject, question);
      case 'absent':
        return absentStory(
          subject.at,
          absenceAt(subject.at, question.task, question.tables!, question.now),
          question.now,
        );
    }
  }

  private async ofRun(run: Run, { task, tables, now }: Question): Promise<Story> {
    const { others, surroundings } = await this.neighbourhood.of(run, task, now);
    const isByTime = run.trigger === 'schedule';
    const moved = isByTime ? movedStart(run.scheduledFor, dueInstantOf(run), task, tables) : null;
    const story = runStory({ run, task, now, moved, others, surroundings });
    return isByTime ? this.withTriggers(story, run.scheduledFor, task) : story;
  }

  private async ofEntry(at: number, entry: LedgerEntry, { task }: Question): Promise<Story> {
    const successor = entry.outcome === 'coalesced' ? await this.neighbourhood.nextByTime(task, entry.to) : null;
    return entryStory(at, entry, task, successor);
  }

  private async ofPlanned({ at, dueAt }: Subject & { kind: 'planned' }, question: Question): Promise<Story> {
    const { task, tables, now, unknown } = question;
    const planned = { at, dueAt, moved: movedStart(at, dueAt, task, tables) };
    if (dueAt > now) return this.withTriggers(upcomingStory(planned, task, now), at, task);
    const cause = unknown.length > 0 ? unregistered(unknown) : null;
    return overdueStory(planned, task, now, await this.neighbourhood.instances(), cause);
  }

  private withTriggers(story: Story, at: number, task: Task): Story {
    return { ...story, evidence: [...story.evidence, ...ofTriggers(this.times.triggersAt(task, at))] };
  }
}
