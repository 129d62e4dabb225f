import { toIso } from '../../domain/instants.js';
import type { QueueOverview, QueueStatus } from '../../queues/queues.service.js';
import { respond, Shown, ShownInstant } from '../http/expose.js';

/** The first of what waits in a queue. */
export class OldestResponse {
  @ShownInstant({ description: 'When it was due.' })
  dueAt!: string;

  @Shown({ type: 'integer', description: 'How long ago that is, in milliseconds.' })
  ageMs!: number;
}

/** Why nothing of a queue starts. */
export class QueuePauseResponse {
  @Shown({ example: 'maintenance' })
  reason!: string;

  @ShownInstant()
  since!: string;
}

/** A queue of the organization. */
export class QueueResponse {
  @Shown({ example: 'default' })
  name!: string;

  @Shown({ type: 'integer', description: 'How many occurrences and runs are due and have not begun.' })
  waiting!: number;

  @Shown({ type: 'integer', description: 'How many runs are under way.' })
  running!: number;

  @Shown({ type: 'integer', description: 'How many tasks are due later.' })
  upcoming!: number;

  @Shown({ type: OldestResponse, nullable: true, description: 'The first of what waits; null where nothing does.' })
  oldest!: OldestResponse | null;

  @Shown({ type: [String], description: 'The ids of the live instances that work it.' })
  workers!: string[];

  @Shown({ type: QueuePauseResponse, nullable: true, description: 'Its pause; null while it is not paused.' })
  paused!: QueuePauseResponse | null;
}

/** A live instance that works queues. */
export class QueueWorkerResponse {
  @Shown({ format: 'uuid' })
  id!: string;

  @Shown({ type: [String], description: 'Its task handlers, up to 100 of them.' })
  handlers!: readonly string[];
}

/** The queues of the organization by name, and who works them. */
export class QueueListResponse {
  @Shown({ type: [QueueResponse] })
  items!: QueueResponse[];

  @Shown({
    description:
      'Whether everything was counted; of more than 10,000 tasks or runs only the first are, by when they are due.',
  })
  complete!: boolean;

  @Shown({ type: [QueueWorkerResponse], description: 'The live instances that run tasks, up to 100 of them.' })
  instances!: QueueWorkerResponse[];
}

/** Shows a queue. */
export const toQueueResponse = ({ oldest, paused, ...queue }: QueueStatus): QueueResponse =>
  respond(QueueResponse, {
    ...queue,
    oldest: oldest && { ...oldest, dueAt: toIso(oldest.dueAt) },
    paused: paused && { reason: paused.reason, since: toIso(paused.since) },
  });

/** Shows the queues. */
export const toQueueListResponse = ({ queues, complete, instances }: QueueOverview): QueueListResponse =>
  respond(QueueListResponse, { items: queues.map(toQueueResponse), complete, instances });
