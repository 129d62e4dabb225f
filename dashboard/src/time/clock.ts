import { useSyncExternalStore } from 'react';

/** How far the server's clock is ahead of this one, in milliseconds. */
let offset = 0;
let error = Infinity;

/** Learns the server's clock from an answer: the shorter the way, the better it is known. */
export function learnTime(at: string, sent: number, received: number): void {
  const way = (received - sent) / 2;
  if (way > error + 50) return;
  error = way;
  offset = Date.parse(at) - (sent + way);
}

export const serverNow = (): number => Date.now() + offset;

let tick = 0;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | null = null;

/** One timer for all that counts down. */
function follow(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    tick = serverNow();
    for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
}

/** The server's time, in steps of a second. */
export function useNow(): number {
  return useSyncExternalStore(follow, () => tick || (tick = serverNow()));
}
