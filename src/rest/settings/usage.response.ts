import { toIso } from '../../domain/instants.js';
import type { Usage } from '../../overview/usage.js';
import { respond, Shown, ShownInstant } from '../http/expose.js';

/** How much of something is in use. */
export class UseResponse {
  @Shown({ type: 'integer' })
  used!: number;

  @Shown({ type: 'integer', nullable: true, description: 'Null without a limit.' })
  limit!: number | null;
}

/** How many runs started within the last minute. */
export class StartsResponse {
  @Shown({ type: 'integer', nullable: true, description: 'Null without a limit: nobody counts them then.' })
  used!: number | null;

  @Shown({ type: 'integer', nullable: true, description: 'Null without a limit.' })
  limit!: number | null;
}

/** How much of a pool is in use. */
export class PoolUseResponse {
  @Shown()
  name!: string;

  @Shown({ type: 'integer' })
  capacity!: number;

  @Shown({ type: 'integer', nullable: true, description: 'The window of its rate; null where units are held.' })
  perMs!: number | null;

  @Shown({ type: 'integer', nullable: true, description: 'Null where the pools have too many units to look at.' })
  used!: number | null;
}

/** For how many days finished runs are kept. */
export class KeptResponse {
  @Shown({ type: 'integer' })
  runsDays!: number;

  @Shown({ type: 'integer', description: 'Runs that failed or timed out.' })
  failedRunsDays!: number;
}

/** How much an organization uses of what it may have. */
export class UsageResponse {
  @ShownInstant()
  at!: string;

  @Shown({ type: UseResponse })
  tasks!: UseResponse;

  @Shown({ type: UseResponse, description: 'Runs that are under way.' })
  concurrentRuns!: UseResponse;

  @Shown({ type: StartsResponse })
  startsPerMinute!: StartsResponse;

  @Shown({ type: 'integer', description: 'How many runs are due and have not started, for whatever reason.' })
  waiting!: number;

  @Shown({ type: [PoolUseResponse], description: 'The pools that the settings name, by name; 50 at most.' })
  pools!: PoolUseResponse[];

  @Shown({ type: KeptResponse, description: 'For how many days finished runs are kept, with their logs.' })
  retention!: KeptResponse;

  @Shown({ description: 'Whether not all tasks, runs or pools were counted.' })
  truncated!: boolean;
}

/** Shows the usage. */
export const toUsageResponse = ({ at, ...rest }: Usage): UsageResponse =>
  respond(UsageResponse, { at: toIso(at), ...rest });
