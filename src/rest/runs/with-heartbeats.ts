import type { Clock, Timer } from '../../clock/clock.js';

type Turn<Item> = { beat: true } | { beat: false; result: IteratorResult<Item> };

/** The items as they arrive; `beat` whenever none arrived for `everyMs`. */
export async function* withHeartbeats<Item, Beat>(
  items: AsyncIterable<Item>,
  beat: Beat,
  clock: Clock,
  everyMs: number,
): AsyncGenerator<Item | Beat, void> {
  const iterator = items[Symbol.asyncIterator]();
  let next: Promise<Turn<Item>> | null = null;
  try {
    for (;;) {
      next ??= iterator.next().then((result) => ({ beat: false, result }));
      const turn = await either(next, clock, everyMs);
      if (!turn.beat && turn.result.done) return;
      if (!turn.beat) next = null;
      yield turn.beat ? beat : turn.result.value;
    }
  } finally {
    // Not awaited: the items may take long to notice the end.
    iterator.return?.().catch(() => undefined);
  }
}

/** Waits for the next item or for the time, whichever comes first; the timer does not outlive the wait. */
async function either<Item>(next: Promise<Turn<Item>>, clock: Clock, everyMs: number): Promise<Turn<Item>> {
  let timer: Timer | undefined;
  const beat = new Promise<Turn<Item>>((resolve) => {
    timer = clock.after(everyMs, () => resolve({ beat: true }));
  });
  try {
    return await Promise.race([next, beat]);
  } finally {
    timer?.cancel();
  }
}
