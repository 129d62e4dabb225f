import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { isEventTrigger } from '../domain/event.js';
import { TaskRunnerError } from '../domain/errors.js';
import type { LedgerEntry } from '../domain/ledger.js';
import type { Run } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import { EventWindowReads } from '../events/windows/event-window.store.js';
import { LedgerService } from '../ledger/ledger.service.js';
import { TaskTimes } from '../ledger/task-times.js';
import { SetAside } from '../scheduling/holding/set-aside.js';
import { TasksService } from '../scheduling/tasks/tasks.service.js';
import { absenceAt, absentStory, emptyStory, noneToCome, setAside, unregistered } from './absence.js';
import { entryStory } from './entry-story.js';
import { faultIn, TimetableFault } from '../triggers/timetable-fault.js';
import { dueInstantOf, ofTask, ofTriggers } from './evidence.js';
import type { Cause, Explanation, Story } from './explanation.js';
import { movedStart } from './moved-start.js';
import { nearest, type Known, type Subject, type Tables } from './nearest.js';
import { Neighbourhood } from './neighbourhood.js';
import { ofWindow, openAmong, windowStory, type OpenWindow } from './open-windows.js';
import { overdueStory, upcomingStory } from './planned-story.js';
import { runStory } from './run-story.js';
import { sinceSetBack } from './set-back.js';
import { queuePaused } from './waiting.js';

/** How many windows of a task are looked at, and how many of those that are open are told of. */
const MOST_WINDOWS = 50;
const MOST_TOLD = 10;

/** Everything known at the time of the answer. */
interface Question extends Known {
  now: number;
  /** Why this instance cannot continue with the task; null when it can. */
  obstacle: Cause | null;
}

/** Explains why the occurrences of tasks ran, wait, were late or did not run, and what would have to change. */
@Injectable()
export class ExplainService {
  constructor(
    private readonly tasks: TasksService,
    private readonly ledger: LedgerService,
    private readonly times: TaskTimes,
    private readonly neighbourhood: Neighbourhood,
    private readonly aside: SetAside,
    private readonly windows: EventWindowReads,
    private readonly clock: Clock,
  ) {}

  /** The story of the task's occurrence nearest to `asked` (epoch ms, default now). @throws NotFoundError */
  async explain(organization: string, taskId: string, asked?: number): Promise<Explanation> {
    const at = asked ?? this.clock.now();
    const isOfNow = asked === undefined || asked >= this.clock.now();
    // The task first: occurrences that it claims meanwhile are found among the runs.
    const task = await this.tasks.get(organization, taskId);
    const [runs, entries, windows] = await Promise.all([
      this.neighbourhood.runsAround(organization, taskId, at),
      this.ledger.around(task, at),
      isOfNow ? this.windowsOf(task) : [],
    ]);
    const known = { task, at, runs, entries, windows, now: this.clock.now() };
    try {
      return await this.tell({ ...known, tables: await this.tablesOf(task), obstacle: this.obstacleOf(task) });
    } catch (error) {
      if (error instanceof TaskRunnerError && !(error instanceof TimetableFault)) throw error;
      // When the triggers cannot be evaluated, explain without them.
      return this.tell({ ...known, tables: null, obstacle: setAside(faultIn(error, 1000)) });
    }
  }

  private async tell(question: Question): Promise<Explanation> {
    const { task, at, obstacle, windows } = question;
    const subject = nearest(question);
    const story = subject ? await this.storyOf(subject, question) : emptyStory(obstacle ?? noneToCome(task));
    const setBack = subject?.kind === 'run' ? sinceSetBack(subject.run, task, question.now) : '';
    const sentence = `${story.sentence}${setBack}`;
    const evidence = [...story.evidence, ...windows.map(ofWindow), ofTask(task)];
    return { at: subject?.at ?? at, ...story, sentence, evidence };
  }

  /** What is open of the task's windows, as far as they are looked at. */
  private async windowsOf(task: Task): Promise<OpenWindow[]> {
    if (!task.definition.triggers.some(isEventTrigger)) return [];
    const windows = await this.windows.ofTask(task.organization, task.id, { limit: MOST_WINDOWS });
    return openAmong(windows, task, this.clock.now()).slice(0, MOST_TOLD);
  }

  private obstacleOf(task: Task): Cause | null {
    const unknown = this.times.unknownTypes(task);
    if (unknown.length > 0) return unregistered(unknown);
    const aside = this.aside.of(task.id);
    if (aside) return setAside(aside.reason);
    const pause = this.neighbourhood.pauseOf(task);
    return pause && task.next !== null ? queuePaused(pause) : null;
  }

  private async tablesOf(task: Task): Promise<Tables | null> {
    const timetables = await this.times.of(task);
    if (!timetables) return null;
    const { startAt: _start, endAt: _end, calendars: _calendars, ...bare } = task.definition;
    const always = { ...task, since: Number.NEGATIVE_INFINITY };
    return {
      raw: timetables.timetableOf({ ...always, skips: [], definition: bare }),
      full: timetables.timetableOf(always),
    };
  }

  private storyOf(subject: Subject, question: Question): Promise<Story> | Story {
    switch (subject.kind) {
      case 'run':
        return this.ofRun(subject.run, question);
      case 'entry':
        return this.ofEntry(subject.at, subject.entry, question);
      case 'planned':
        return this.ofPlanned(subject, question);
      case 'window':
        return windowStory(subject.window);
      case 'absent':
        return absentStory(
          subject.at,
          absenceAt(subject.at, question.task, question.tables!, question.now),
          question.now,
        );
    }
  }

  private async ofRun(run: Run, { task, tables, now }: Question): Promise<Story> {
    const [{ others, surroundings }, followers] = await Promise.all([
      this.neighbourhood.of(run, task, now),
      this.neighbourhood.followersOf(run),
    ]);
    const isByTime = run.trigger === 'schedule';
    const moved = isByTime ? movedStart(run.scheduledFor, dueInstantOf(run), task, tables) : null;
    const told = runStory({ run, task, now, moved, others, surroundings });
    const story = { ...told, evidence: [...told.evidence, ...followers] };
    return isByTime ? this.withTriggers(story, run.scheduledFor, task) : story;
  }

  private async ofEntry(at: number, entry: LedgerEntry, { task }: Question): Promise<Story> {
    const successor = entry.outcome === 'coalesced' ? await this.neighbourhood.nextByTime(task, entry.to) : null;
    return entryStory(at, entry, task, successor);
  }

  private async ofPlanned({ at, dueAt }: Subject & { kind: 'planned' }, question: Question): Promise<Story> {
    const { task, tables, now, obstacle } = question;
    const planned = { at, dueAt, moved: movedStart(at, dueAt, task, tables) };
    if (dueAt > now) return this.withTriggers(upcomingStory(planned, task, now), at, task);
    return overdueStory(planned, task, now, await this.neighbourhood.instances(), obstacle);
  }

  private withTriggers(story: Story, at: number, task: Task): Story {
    return { ...story, evidence: [...story.evidence, ...ofTriggers(this.times.triggersAt(task, at))] };
  }
}
