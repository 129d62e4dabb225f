import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Followed } from '../api/event-stream.ts';
import { follow } from './changes.ts';

const { followEvents } = vi.hoisted(() => ({ followEvents: vi.fn<(followed: Followed) => Promise<void>>() }));
vi.mock('../api/event-stream.ts', () => ({ followEvents }));
vi.mock('./base.ts', () => ({ BASE: '', API: '', isHostSignIn: false }));

const end = new AbortController();

beforeEach(() => {
  vi.useFakeTimers();
  followEvents.mockReturnValue(new Promise(() => undefined));
});
afterEach(() => {
  followEvents.mockReset();
  vi.useRealTimers();
});

function following(queries: QueryClient, signal = end.signal) {
  void follow(queries, signal);
  const { onEvent, onBreak, onOpen } = followEvents.mock.lastCall![0];
  return { tell: (type: string, id = '') => onEvent({ id, type, data: '{}' }), onBreak, onOpen };
}

/** A query on the screen, each of whose reads ends when it is told to. */
function shown(queries: QueryClient, key: string) {
  const reads: (() => void)[] = [];
  const queryFn = () => new Promise<number>((resolve) => reads.push(() => resolve(reads.length)));
  const leave = new QueryObserver(queries, { queryKey: [key], queryFn }).subscribe(() => undefined);
  return { reads, leave };
}

it('what was missed is read anew while there is no place to go on at, and not after that', async () => {
  const queries = new QueryClient();
  const { reads, leave } = shown(queries, 'runs');
  const { tell, onBreak } = following(queries);
  const answered = async (): Promise<number> => {
    reads.at(-1)!();
    await vi.advanceTimersByTimeAsync(0);
    return reads.length;
  };
  expect(await answered()).toBe(1);
  tell('hello');
  expect(await answered()).toBe(2);
  onBreak();
  tell('hello');
  expect(await answered()).toBe(3);
  tell('stats', '7');
  expect(await answered()).toBe(4);
  await vi.advanceTimersByTimeAsync(5000);
  onBreak();
  tell('hello');
  expect(await answered()).toBe(4);
  tell('gap', '9');
  expect(await answered()).toBe(5);
  leave();
});

it('what is being read when a change is told is read once more after that, and no more', async () => {
  const queries = new QueryClient();
  const { reads, leave } = shown(queries, 'runs');
  const { tell } = following(queries);
  tell('runs', '1');
  await vi.advanceTimersByTimeAsync(3000);
  expect(reads).toHaveLength(1);
  reads[0]!();
  await vi.advanceTimersByTimeAsync(0);
  expect(reads).toHaveLength(2);
  reads[1]!();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(reads).toHaveLength(2);
  leave();
});

it('a stream that is ended has nothing read once more', async () => {
  const queries = new QueryClient();
  const { reads, leave } = shown(queries, 'runs');
  const own = new AbortController();
  following(queries, own.signal).tell('runs', '1');
  own.abort();
  reads[0]!();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(reads).toHaveLength(1);
  leave();
});
