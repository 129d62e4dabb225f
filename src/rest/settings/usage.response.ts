import { toIso } from '../../domain/instants.js';
import type { Usage } from '../../overview/usage.js';
import { respond, Shown, ShownInstant } from '../http/expose.js';
import { LatenessResponse } from '../stats/lateness.response.js';

const ShownWaiting = () =>
  Shown({ type: 'integer', description: 'How many of the first due runs wait for it; 200 are looked at.' });

/** How much of something is in use. */
export class UseResponse {
  @Shown({ type: 'integer' })
  used!: number;

  @Shown({ type: 'integer', nullable: true, description: 'Null without a limit.' })
  limit!: number | null;
}

/** How many runs are under way. */
export class RunUseResponse extends UseResponse {
  @ShownWaiting()
  waiting!: number;
}

/** How many runs started within the last minute. */
export class StartsResponse {
  @Shown({ type: 'integer', nullable: true, description: 'Null without a limit: nobody counts them then.' })
  used!: number | null;

  @Shown({ type: 'integer', nullable: true, description: 'Null without a limit.' })
  limit!: number | null;

  @ShownWaiting()
  waiting!: number;
}

/** A run that holds units of a pool. */
export class HolderResponse {
  @Shown({ format: 'uuid' })
  runId!: string;

  @Shown({ format: 'uuid' })
  taskId!: string;

  @Shown({ description: 'The name of its task.' })
  name!: string;

  @Shown({ type: 'integer', minimum: 1 })
  units!: number;

  @ShownInstant({ description: 'When the run started.' })
  since!: string;
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

  @Shown({
    type: [HolderResponse],
    description: 'Who holds its units, those first that have held longest, ten at most; nobody holds units of a rate.',
  })
  holders!: HolderResponse[];

  @ShownWaiting()
  waiting!: number;
}

/** What an organization gets of the places for runs, beside other organizations. */
export class FairnessResponse {
  @Shown({ minimum: 0.1, maximum: 100, description: 'Its weight, which whoever runs the installation sets.' })
  weight!: number;

  @Shown({ type: 'integer', description: 'How many runs it has under way.' })
  running!: number;

  @Shown({ type: 'integer', description: 'How many it may have under way, on all instances, while others have work.' })
  due!: number;

  @Shown({ type: LatenessResponse, description: 'How late its runs started in the last five minutes.' })
  lateness!: LatenessResponse;
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

  @Shown({ type: RunUseResponse, description: 'Runs that are under way.' })
  concurrentRuns!: RunUseResponse;

  @Shown({ type: StartsResponse })
  startsPerMinute!: StartsResponse;

  @Shown({ type: 'integer', description: 'How many runs are due and have not started, for whatever reason.' })
  waiting!: number;

  @Shown({ type: [PoolUseResponse], description: 'The pools that the settings name, by name; 50 at most.' })
  pools!: PoolUseResponse[];

  @Shown({ type: FairnessResponse })
  fairness!: FairnessResponse;

  @Shown({ type: KeptResponse, description: 'For how many days finished runs are kept, with their logs.' })
  retention!: KeptResponse;

  @Shown({ description: 'Whether not all tasks, runs or pools were counted.' })
  truncated!: boolean;
}

/** Shows the usage. */
export const toUsageResponse = ({ at, pools, ...rest }: Usage): UsageResponse =>
  respond(UsageResponse, {
    at: toIso(at),
    ...rest,
    pools: pools.map(({ holders, ...pool }) => ({
      ...pool,
      holders: holders.map((holder) => ({ ...holder, since: toIso(holder.since) })),
    })),
  });
