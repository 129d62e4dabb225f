import { expect, it } from '@jest/globals';
import type { HandlerContext, Task } from '../../src/index.js';
import { describeEngine, every, work } from '../support/engine-world.js';

const SECRET = 'correct-horse-battery-staple';
const LONG = 18_000_000;

class Numbered extends Error {
  code = 11_000;
}

const circular: Record<string, unknown> = { name: 'circle' };
circular['self'] = circular;

function deep(levels: number): unknown {
  let value: unknown = 'bottom';
  for (let i = 0; i < levels; i++) value = [value];
  return value;
}

const thrown: [name: string, value: () => unknown, message: RegExp, code: string][] = [
  ['an error as long as a record may not be', () => new Error('x'.repeat(LONG)), /^x{4000,}…$/, 'handler-error'],
  ['an error of wide characters', () => new Error('☃'.repeat(LONG / 3)), /^☃{1000,}…+$/, 'handler-error'],
  ['a long text', () => 'y'.repeat(LONG), /^y{4000,}…+$/, 'handler-error'],
  ['an error with a number for a code', () => new Numbered('duplicate'), /^duplicate$/, '11000'],
  ['an error with a long code', () => Object.assign(new Error('a'), { code: 'c'.repeat(LONG) }), /^a$/, 'ccc'],
  ['an error with a cause', () => new Error('outer', { cause: new Error('inner') }), /^outer \(caused by: inner\)$/, 'handler-error'], // prettier-ignore
  [
    'errors together',
    () => new AggregateError([new Error('one'), 'two'], 'both'),
    /^both \[one; two\]$/,
    'handler-error',
  ],
  ['errors together without a word', () => new AggregateError([new Error('one')]), /^AggregateError \[one\]$/, 'handler-error'], // prettier-ignore
  ['an error that causes itself', () => { const e = new Error('me'); e.cause = e; return e; }, /^me \(caused by: me/, 'handler-error'], // prettier-ignore
  ['an object', () => ({ status: 'odd', at: 7 }), /^an object was thrown: \{"status":"odd","at":7\}$/, 'handler-error'],
  ['an object with a message', () => ({ message: 'told', code: 'E_TOLD' }), /^told$/, 'E_TOLD'],
  ['an object without anything', () => Object.create(null) as unknown, /^an object was thrown: \{\}$/, 'handler-error'],
  ['a circular object', () => circular, /circle/, 'handler-error'],
  ['nothing', () => undefined, /^undefined$/, 'handler-error'],
  ['a symbol', () => Symbol('odd'), /^Symbol\(odd\)$/, 'handler-error'],
  ['a big integer', () => 10n ** 30n, /^10{30}$/, 'handler-error'],
  ['a getter that throws', () => ({ get message() { throw new Error('no'); }, fine: 1 }), /"fine":1/, 'handler-error'], // prettier-ignore
  ['a secret that a bound cuts in two', () => new Error('z'.repeat(4090) + SECRET.repeat(9)), /^z+\*\*\*/, 'handler-error'], // prettier-ignore
];

const data: [name: string, value: () => unknown][] = [
  ['circular', () => circular],
  ['deep', () => deep(100_000)],
  ['as deep as JSON can be', () => deep(1000)],
  ['huge', () => ({ text: 'x'.repeat(LONG) })],
  ['of many members', () => Object.fromEntries(Array.from({ length: 300_000 }, (_, i) => [`m${i}`, i]))],
  ['with big integers', () => ({ big: 2n ** 70n })],
  ['with a getter that throws', () => ({ get odd() { throw new Error('no'); } })], // prettier-ignore
  ['with a toJSON that throws', () => ({ toJSON: () => { throw new Error('no'); } })], // prettier-ignore
  ['a revoked proxy', () => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; }], // prettier-ignore
  ['a text', () => 'text'],
  ['a function', () => () => 1],
  ['an odd name', () => JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}') as unknown],
];

describeEngine('host code', (world) => {
  it.each(thrown)('ends its run when it throws %s', async (_, value, message, code) => {
    const { scheduler, runStore } = await world().boot();
    const secrets = { token: SECRET };
    const task = await scheduler.schedule(work({ triggers: [every(1000)], retry: { maxAttempts: 1 }, secrets }));
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    world().workshop.answering = () => Promise.reject(value());
    await world().advance(1100);
    const [run] = await world().runsOf(task);
    const { error } = run!.attempts[0]!;
    expect(error!.message).toMatch(message);
    expect(error!.code.startsWith(code)).toBe(true);
    const stored = JSON.stringify(await runStore.get('default', run!.id));
    expect(stored.length).toBeLessThan(20_000);
    expect(stored).not.toContain('correct-h');
    world().workshop.answering = () => Promise.resolve(null);
    await world().advance(1000);
    const [, second] = await world().runsOf(task);
    expect(second!.state).toBe('succeeded');
  });

  it.each(data)('logs data that is %s, and does not fail by it', async (_, value) => {
    const { scheduler, runs } = await world().boot();
    const task = await scheduler.schedule(work({ secrets: { token: SECRET } }));
    world().workshop.answering = ({ context }) => {
      const log = context.log as (level: unknown, message: unknown, data?: unknown) => void;
      log('info', 'before', value());
      log('loud', value(), value());
      log('info', undefined);
      log('info', 'after');
      return Promise.resolve({ output: value() });
    };
    const { id } = await scheduler.runNow(task.id);
    await world().inState({ id }, 'succeeded');
    const log = await runs.log('default', id, 0, 100);
    const messages = log.map((entry) => entry.message);
    expect([messages.includes('before'), messages.includes('after')]).toEqual([true, true]);
    expect(JSON.stringify(log).length).toBeLessThan(300_000);
  });

  it('may log as much as it likes, of which a bounded part is kept', async () => {
    const { scheduler, runs } = await world().boot();
    const task = await scheduler.schedule(work());
    world().workshop.answering = ({ context }) => {
      for (let i = 0; i < 3000; i++) context.log('info', 'm'.repeat(20_000), { text: 'x'.repeat(60_000) });
      return Promise.resolve(null);
    };
    const { id } = await scheduler.runNow(task.id);
    await world().inState({ id }, 'succeeded');
    const log = await runs.log('default', id, 0, 10_000);
    expect(JSON.stringify(log).length).toBeLessThan(5_000_000);
    expect(log.some(({ message }) => message === 'Further entries of this attempt are left out.')).toBe(true);
  });

  it('ends a run whose end the store refuses, and those written with it as they are', async () => {
    const { scheduler, runStore } = await world().boot();
    const update = runStore.update.bind(runStore);
    runStore.update = (changes) => {
      const isPoisoned = changes.some(({ progress }) => JSON.stringify(progress.output)?.includes('poison'));
      return isPoisoned ? Promise.reject(new Error('BSONObj size: 19000000 is invalid')) : update(changes);
    };
    const tasks: Task[] = [];
    for (let i = 0; i < 6; i++)
      tasks.push(await scheduler.schedule(work({ triggers: [every(1000)], overlap: 'skip' })));
    world().workshop.answering = ({ context }) =>
      Promise.resolve(context.run.taskId === tasks[2]!.id ? { made: 'poison' } : { made: 'fine' });
    await world().advance(2500);
    for (const [index, task] of tasks.entries()) {
      const runs = await world().runsOf(task);
      expect(runs.slice(0, 2).map(({ state }) => state)).toEqual(['succeeded', 'succeeded']);
      expect(runs[0]!.output).toEqual(index === 2 ? null : { made: 'fine' });
      if (index === 2) expect(runs[0]!.reason).toContain('could not be stored: BSONObj size');
    }
  });

  it('finds every member of its context in a copy of it', async () => {
    const { scheduler } = await world().boot();
    const task = await scheduler.schedule(work({ parameters: { a: 1 }, secrets: { token: SECRET } }));
    await scheduler.runNow(task.id);
    await world().advance(100);
    const { context } = world().workshop.last();
    const copy: HandlerContext = { ...context };
    const names = [
      'attempt',
      'event',
      'fencingToken',
      'heartbeat',
      'latenessMs',
      'log',
      'parameters',
      'progress',
      'run',
    ];
    expect(Object.keys(copy).sort()).toEqual([...names, 'scheduledFor', 'secrets', 'signal']);
    expect([copy.parameters, copy.secrets]).toEqual([{ a: 1 }, { token: SECRET }]);
    expect(copy.signal).toBeInstanceOf(AbortSignal);
    expect(copy.signal).toBe(context.signal);
  });
});
