import { toIso, toIsoOrNull } from '../../domain/instants.js';
import { QUOTA_NAMES, type QuotaName } from '../../domain/quotas.js';
import { MOST_COMPARED } from '../../overview/moved-starts.js';
import { MOST_TOLD, type SettingsImpact } from '../../overview/settings-impact.js';
import { respond, Shown, ShownInstant } from '../http/expose.js';

/** A coming occurrence whose start changes. */
export class MovedStartResponse {
  @ShownInstant({ description: 'Its nominal time.' })
  at!: string;

  @ShownInstant({ nullable: true, description: 'When it starts as things are; null where it does not run.' })
  from!: string | null;

  @ShownInstant({ nullable: true, description: 'When it would start; null where it would not run.' })
  to!: string | null;
}

/** A task whose coming occurrences change. */
export class MovedTaskResponse {
  @Shown()
  id!: string;

  @Shown()
  name!: string;

  @Shown({ type: 'integer', description: `How many change, of the next ${MOST_COMPARED}.` })
  count!: number;

  @Shown({ type: [MovedStartResponse], description: 'The first ten of them.' })
  changed!: MovedStartResponse[];
}

/** A limit that changes. */
export class ChangedLimitResponse {
  @Shown({ enum: QUOTA_NAMES })
  name!: QuotaName;

  @Shown({ type: 'integer', nullable: true, description: 'Null without a limit.' })
  before!: number | null;

  @Shown({ type: 'integer', nullable: true, description: 'Null without a limit.' })
  after!: number | null;

  @Shown({ type: 'integer', nullable: true, description: 'Null where nobody counts it.' })
  used!: number | null;

  @Shown({ description: 'Whether more is in use than would be allowed.' })
  isOver!: boolean;
}

/** The size of a pool. */
export class PoolSizeResponse {
  @Shown({ type: 'integer' })
  capacity!: number;

  @Shown({ type: 'integer', nullable: true, description: 'The window of its rate; null where units are held.' })
  perMs!: number | null;
}

/** A pool whose size changes. */
export class ChangedPoolResponse {
  @Shown()
  name!: string;

  @Shown({ type: PoolSizeResponse })
  before!: PoolSizeResponse;

  @Shown({ type: PoolSizeResponse })
  after!: PoolSizeResponse;

  @Shown({ type: 'integer', nullable: true, description: 'Null where it is not known.' })
  used!: number | null;

  @Shown({
    type: 'integer',
    description: 'How many tasks need more units than it would have: their runs would wait for good.',
  })
  tooSmallFor!: number;
}

/** What settings would do if they were saved. */
export class SettingsImpactResponse {
  @ShownInstant()
  at!: string;

  @Shown({
    type: [MovedTaskResponse],
    description: `The tasks whose coming occurrences the changed calendars move, leave out or add; ${MOST_TOLD} at most. A paused task has none.`,
  })
  tasks!: MovedTaskResponse[];

  @Shown({ type: [ChangedLimitResponse], description: 'The quotas that change, as they count within the ceilings.' })
  quotas!: ChangedLimitResponse[];

  @Shown({ type: [ChangedPoolResponse], description: 'The pools that change.' })
  pools!: ChangedPoolResponse[];

  @Shown({ type: 'integer', description: 'How many tasks were looked at: 5,000 at most, the newest.' })
  looked!: number;

  @Shown({ description: 'Whether not all tasks were looked at, or not all that change are told.' })
  truncated!: boolean;
}

/** Shows what settings would do. */
export const toSettingsImpactResponse = ({ at, tasks, ...rest }: SettingsImpact): SettingsImpactResponse =>
  respond(SettingsImpactResponse, {
    at: toIso(at),
    ...rest,
    tasks: tasks.map(({ changed, ...task }) => ({
      ...task,
      changed: changed.map((start) => ({
        at: toIso(start.at),
        from: toIsoOrNull(start.from),
        to: toIsoOrNull(start.to),
      })),
    })),
  });
