import { expect, it } from '@jest/globals';
import { headerOf, Traced } from '../support/traced.js';
import { NoticeWorld } from './notice-world.js';

it('of a run that is traced tells a webhook where in its trace that is', async () => {
  const traced = new Traced();
  const world = await NoticeWorld.start({ tracing: true });
  try {
    await world.rule(await world.channel());
    await world.rule(await world.channel({ type: 'slack' }));
    const run = await world.run(await world.task(), true);
    await world.untilNotices('delivered', 'delivered');
    const told = world.target.requests.map(({ headers }) => headers['traceparent']);
    expect(told).toHaveLength(2);
    expect(new Set(told)).toEqual(new Set([headerOf(traced.attempts(run)[0]!), undefined]));
  } finally {
    await world.stop();
    await traced.end();
  }
});
