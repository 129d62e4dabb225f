import type { TaskInput } from '../../../src/domain/task-definition.js';
import { BEGIN } from './timeline.js';
import type { World } from './world.js';

/** The organization whose tasks want every slot and give none back. */
export const CROWD = 'crowd';
/** How many slots an instance has in a world with a crowd. */
export const CROWDED_SLOTS = 40;
/** When the crowd comes, after the start of the world (ms): by then others have had something due. */
const COMES_MS = 3000;

const hoarding = (index: number): TaskInput => ({
  name: `hoarding ${index}`,
  triggers: [{ type: 'interval', everyMs: 500, anchorAt: new Date(BEGIN + index).toISOString() }],
  action: { type: 'handler', name: 'work' },
  parameters: { version: 1, meanMs: 600_000, failing: 0 },
  overlap: 'allow',
});

/**
 * An organization that comes with three times as many tasks as an instance has slots. Each run holds its slot for
 * minutes.
 */
export class Crowd {
  constructor(private readonly world: World) {}

  begin(): void {
    this.world.timeline.after(COMES_MS, () => {
      const [instance] = this.world.living;
      const inputs = Array.from({ length: 3 * CROWDED_SLOTS }, (_, index) => hoarding(index));
      this.world.chronicle.note(CROWD, 'comes');
      void instance?.scheduler.for(CROWD).scheduleMany(inputs);
    });
  }
}
