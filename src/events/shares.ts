/** Which of the triggered tasks start, and how many runs each event may start that those raise. */
export interface Shares<Item> {
  started: Item[];
  refused: Item[];
  descendants: number;
}

/**
 * Divides what an event may start: first its own runs, then what is left in equal parts among those that raise another
 * event. So the whole of what follows stays within it, whichever instances it happens on.
 */
export function shareOut<Item>(
  triggered: readonly Item[],
  allowance: number,
  raises: (item: Item) => boolean,
): Shares<Item> {
  const started = triggered.slice(0, allowance);
  const raising = started.filter(raises).length;
  const descendants = raising === 0 ? 0 : Math.floor((allowance - started.length) / raising);
  return { started, refused: triggered.slice(allowance), descendants };
}
