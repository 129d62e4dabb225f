import { expect, it } from '@jest/globals';
import { NotFoundError } from '../../src/domain/errors.js';
import { describeEngine, work } from '../support/engine-world.js';

const DAY_MS = 86_400_000;
const SWEEPS_MS = 130_000;

describeEngine('retention in a host application', (world) => {
  /** An instance with these days for runs, and a run that has ended and written a log. */
  const withRun = async (runsDays?: number) => {
    const instance = await world().boot({ ...(runsDays !== undefined && { retention: { runsDays } }) });
    const { id } = await world().done(instance.scheduler.schedule(work()));
    const run = await world().done(instance.scheduler.runNow(id));
    await world().inState(run, 'succeeded');
    const isKept = () =>
      world()
        .done(instance.scheduler.getRun(run.id))
        .then(
          () => true,
          (error: unknown) => {
            expect(error).toBeInstanceOf(NotFoundError);
            return false;
          },
        );
    /** Lets days pass by the wall clock alone, and then what is done each minute. */
    const afterDays = async (days: number) => {
      world().clock.setWall(world().clock.now() + days * DAY_MS);
      await world().advance(SWEEPS_MS);
      return isKept();
    };
    return { instance, afterDays };
  };

  it('removes runs of age by the defaults of the service', async () => {
    const { afterDays } = await withRun();
    expect(await afterDays(29)).toBe(true);
    expect(await afterDays(2)).toBe(false);
  });

  it('keeps runs as long as its options say', async () => {
    const { afterDays } = await withRun(2);
    expect(await afterDays(1)).toBe(true);
    expect(await afterDays(2)).toBe(false);
  });

  it('keeps what another instance keeps longer', async () => {
    const { afterDays } = await withRun(2);
    const other = await world().boot({ retention: { runsDays: 20 } });
    await world().advance(5000);
    expect(await afterDays(10)).toBe(true);
    await other.stop();
    expect(await afterDays(1)).toBe(false);
  });
});
