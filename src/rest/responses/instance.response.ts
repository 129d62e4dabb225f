import type { KnownInstance } from '../../cluster/instance-registry.js';
import { toIso } from '../../domain/instants.js';
import { respond, Shown, ShownInstant } from './expose.js';

/** One process of the runner. */
export class InstanceResponse {
  @Shown({ format: 'uuid', description: 'Random for each start of the process.' })
  id!: string;

  @Shown({ example: '0.1.0' })
  version!: string;

  @ShownInstant()
  startedAt!: string;

  @ShownInstant({ description: 'When it last told of itself.' })
  heartbeatAt!: string;

  @Shown({ type: 'integer', description: 'Runs that it was working on then.' })
  running!: number;

  @Shown({ type: 'integer', description: 'Runs that it works on at the most.' })
  concurrency!: number;

  @Shown({ type: 'integer', description: 'How many of the 256 parts of all tasks are its own to mind.' })
  shards!: number;

  @Shown({ description: 'Whether it had no place left then; others start what it does not get to.' })
  saturated!: boolean;

  @Shown({ description: 'Whether it is stopping: it finishes its runs, and its tasks are for the others.' })
  leaving!: boolean;

  @Shown({ description: 'Whether its lock is held; a dead one is shown for a minute or two.' })
  alive!: boolean;
}

/** Shows an instance. */
export const toInstanceResponse = (instance: KnownInstance): InstanceResponse =>
  respond(InstanceResponse, {
    ...instance,
    startedAt: toIso(instance.startedAt),
    heartbeatAt: toIso(instance.heartbeatAt),
  });
