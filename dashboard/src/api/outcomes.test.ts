import { afterEach, beforeEach, expect, it, vi } from 'vitest';

interface Call {
  body: { ids: string[] };
  signal: AbortSignal;
}
const calls = vi.hoisted((): Call[] => []);
vi.mock('./client.ts', () => ({
  api: { POST: (_: string, call: Call) => void calls.push(call) },
  got: () => Promise.resolve({ items: calls.at(-1)!.body.ids.map((taskId) => ({ taskId })) }),
}));
const { outcomesOf } = await import('./outcomes.ts');

beforeEach(() => {
  calls.length = 0;
  vi.useFakeTimers();
});
afterEach(() => void vi.useRealTimers());

it('rows that appear together are asked for in one call, and those that have passed by in none', async () => {
  const [seen, passed] = [new AbortController(), new AbortController()];
  const answers = Promise.all([outcomesOf('a', seen.signal), outcomesOf('b', seen.signal)]);
  void outcomesOf('c', passed.signal);
  passed.abort();
  await vi.advanceTimersByTimeAsync(100);
  expect(calls.map(({ body }) => body.ids)).toEqual([['a', 'b']]);
  expect(await answers).toEqual([{ taskId: 'a' }, { taskId: 'b' }]);
});

it('a call ends once none of its rows is in sight', async () => {
  const [one, other] = [new AbortController(), new AbortController()];
  void outcomesOf('a', one.signal);
  void outcomesOf('b', other.signal);
  await vi.advanceTimersByTimeAsync(100);
  one.abort();
  expect(calls[0]!.signal.aborted).toBe(false);
  other.abort();
  expect(calls[0]!.signal.aborted).toBe(true);
});
