import { describe, expect, it } from '@jest/globals';
import { T0 } from '../../test/support/builders.js';
import { anAttempt, failureOf } from '../../test/support/action-world.js';
import { SettableClock } from '../clock/settable-clock.js';
import type { Json } from '../domain/json.js';
import { ActionRegistry } from './action-registry.js';
import { ActionError } from './action.js';
import { MAX_CHAIN_LENGTH } from './chained-id.js';
import { EventAction } from './event.action.js';
import { EventPublisher } from './event-publisher.js';
import { NoopAction } from './noop.action.js';

/** Records what is published and dispatches nothing. */
class RecordingPublisher extends EventPublisher {
  readonly published: Array<{ organization: string; type: string; data: Json; id: string }> = [];

  publish(organization: string, type: string, data: Json, id: string) {
    this.published.push({ organization, type, data, id });
    return Promise.resolve({ eventId: id, runs: ['r2'] });
  }
}

const LIMITS = { eventBytes: 1_000_000 };

describe('ActionRegistry', () => {
  it('gives back what was registered, once per type', () => {
    const noop = new NoopAction(new SettableClock(T0));
    const registry = new ActionRegistry([noop]);
    expect(registry.get('noop')).toBe(noop);
    expect(() => registry.register(noop)).toThrow('"noop" is already');
    expect(() => registry.get('http')).toThrow(ActionError);
  });
});

describe('NoopAction', () => {
  it('takes as long as it is told', async () => {
    const clock = new SettableClock(T0);
    let result: object | undefined;
    const running = new NoopAction(clock)
      .execute({ type: 'noop', durationMs: 5000 }, anAttempt())
      .then((value) => (result = value));
    await clock.advance(4999);
    expect(result).toBeUndefined();
    await clock.advance(1);
    await running;
    expect(result).toEqual({});
  });

  it('ends on the signal, also one that has fired', async () => {
    const abort = new AbortController();
    const noop = new NoopAction(new SettableClock(T0));
    const running = noop.execute({ type: 'noop', durationMs: 5000 }, anAttempt({ signal: abort.signal }));
    abort.abort(new Error('cancelled'));
    await expect(running).rejects.toThrow('cancelled');
    await expect(noop.execute({ type: 'noop', durationMs: 1 }, anAttempt({ signal: abort.signal }))).rejects.toThrow(
      'cancelled',
    );
  });
});

describe('EventAction', () => {
  const event = (id: string) => ({ id, type: 'before', data: null, receivedAt: T0 });

  it('raises the event in the organization of the run, under the same id for every attempt', async () => {
    const publisher = new RecordingPublisher();
    const action = new EventAction(() => publisher, LIMITS);
    const attempt = anAttempt({ parameters: { n: 1 }, run: { organization: 'acme' } });
    const data = { all: '{{parameters}}', run: 'run {{run.id}}' };
    const result = await action.execute({ type: 'event', event: 'done', data }, attempt);
    await action.execute({ type: 'event', event: 'done', data }, { ...attempt, attempt: 2 });
    const [first, second] = publisher.published;
    expect(first).toMatchObject({
      organization: 'acme',
      type: 'done',
      data: { all: { n: 1 }, run: `run ${attempt.run.id}` },
    });
    expect(second!.id).toBe(first!.id);
    expect(result).toEqual({ output: { eventId: first!.id, runs: ['r2'] } });
    await action.execute({ type: 'event', event: 'done' }, anAttempt());
    expect(publisher.published[2]).toMatchObject({ data: null });
    expect(publisher.published[2]!.id).not.toBe(first!.id);
  });

  it('lets no secret and no call-back token into an event', async () => {
    const action = new EventAction(() => new RecordingPublisher(), LIMITS);
    for (const data of ['{{secrets.token}}', '{{run.callbackToken}}']) {
      const attempt = anAttempt({ secrets: { token: 's3cret' } });
      expect(await failureOf(action.execute({ type: 'event', event: 'done', data }, attempt))).toMatchObject({
        code: 'template',
      });
    }
  });

  it('ends a chain of events that raise each other', async () => {
    const publisher = new RecordingPublisher();
    const action = new EventAction(() => publisher, LIMITS);
    for (let i = 0; i < MAX_CHAIN_LENGTH; i++) {
      const before = publisher.published.at(-1);
      await action.execute(
        { type: 'event', event: 'loop' },
        anAttempt({ run: { event: before ? event(before.id) : null } }),
      );
    }
    const last = anAttempt({ run: { event: event(publisher.published.at(-1)!.id) } });
    const error = await failureOf(action.execute({ type: 'event', event: 'loop' }, last));
    expect(error).toMatchObject({ code: 'event-chain-too-long', details: { retryable: false } });
    expect(publisher.published).toHaveLength(MAX_CHAIN_LENGTH);
  });

  it('takes an id from outside for the beginning of a chain, whatever it looks like', async () => {
    const publisher = new RecordingPublisher();
    for (const id of ['build.120', 'a.99', '0190a5f0-0000-7000-8000-000000000000.99', '']) {
      await new EventAction(() => publisher, LIMITS).execute(
        { type: 'event', event: 'e' },
        anAttempt({ run: { event: event(id) } }),
      );
    }
    expect(publisher.published.map(({ id }) => id.split('.')[1])).toEqual(['1', '1', '1', '1']);
  });
});
