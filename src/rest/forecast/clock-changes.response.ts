import { toIso } from '../../domain/instants.js';
import {
  CHANGE_EFFECTS,
  MOST_TASKS_OF_CHANGE,
  MOST_TIMES_OF_TASK,
  type ChangeEffect,
} from '../../overview/changes-ahead.js';
import { MOST_CHANGES, MOST_TASKS, type ClockChangesAhead } from '../../overview/clock-changes.js';
import { offsetText } from '../../triggers/local-reading.js';
import { respond, Shown, ShownInstant } from '../http/expose.js';

/** What becomes of a time that a change leaves out or repeats. */
export class AffectedTimeResponse {
  @Shown({ example: '2027-03-28T02:30:00', description: 'The time on the clocks of the zone.' })
  local!: string;

  @Shown({
    enum: CHANGE_EFFECTS,
    description:
      'Of a time that is left out: shifted (it runs later) or skipped (it makes no run, or falls on another time of the task). Of one that is repeated: once or twice.',
  })
  effect!: ChangeEffect;

  @Shown({
    type: [String],
    format: 'date-time',
    example: ['2027-03-28T01:00:00.000Z'],
    description: 'When it runs: once, twice, or not at all. Times of a trigger with the same instant make one run.',
  })
  at!: string[];
}

/** A task with occurrences in what a change leaves out or repeats. */
export class AffectedTaskResponse {
  @Shown({ format: 'uuid' })
  id!: string;

  @Shown()
  name!: string;

  @Shown({ type: [AffectedTimeResponse], description: `The first ${MOST_TIMES_OF_TASK} of them.` })
  occurrences!: AffectedTimeResponse[];

  @Shown({ description: 'Whether it has more.' })
  more!: boolean;
}

/** A change of the clocks of a zone. */
export class ClockChangeResponse {
  @Shown({ example: 'Europe/Berlin' })
  zone!: string;

  @ShownInstant()
  at!: string;

  @Shown({ example: '+01:00', description: 'The offset from UTC until then.' })
  before!: string;

  @Shown({ example: '+02:00', description: 'The offset from then on.' })
  after!: string;

  @Shown({ enum: ['gap', 'fold'], description: 'Whether local times are left out, or occur twice.' })
  kind!: 'gap' | 'fold';

  @Shown({
    type: [AffectedTaskResponse],
    description: `The active tasks with occurrences in it, the newest first; ${MOST_TASKS_OF_CHANGE} at most. A task that goes on as if nothing had happened, such as an hourly one, is not among them.`,
  })
  tasks!: AffectedTaskResponse[];

  @Shown({ description: 'Whether more tasks are affected than are told.' })
  truncated!: boolean;
}

/** The coming clock changes. */
export class ClockChangesResponse {
  @ShownInstant()
  from!: string;

  @ShownInstant()
  to!: string;

  @Shown({ type: [ClockChangeResponse], description: `Soonest first; ${MOST_CHANGES} at most.` })
  items!: ClockChangeResponse[];

  @Shown({
    type: 'integer',
    description: `How many active tasks were looked at: ${MOST_TASKS.toLocaleString('en')} at most, the newest.`,
  })
  looked!: number;

  @Shown({ description: 'Whether not all tasks were looked at, or not all that they have to do with is told.' })
  truncated!: boolean;
}

/** Shows what clock changes do. */
export const toClockChangesResponse = ({ from, to, items, ...rest }: ClockChangesAhead): ClockChangesResponse =>
  respond(ClockChangesResponse, {
    ...rest,
    from: toIso(from),
    to: toIso(to),
    items: items.map(({ at, before, after, tasks, ...change }) => ({
      ...change,
      at: toIso(at),
      before: offsetText(before),
      after: offsetText(after),
      tasks: tasks.map(({ occurrences, ...task }) => ({
        ...task,
        occurrences: occurrences.map(({ local, effect, at: times }) => ({
          local: toIso(local).replace(/(\.000)?Z$/, ''),
          effect,
          at: times.map(toIso),
        })),
      })),
    })),
  });
