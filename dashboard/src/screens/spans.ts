export const SPANS = [
  { ms: 300_000, name: '5 minutes' },
  { ms: 3_600_000, name: '1 hour' },
  { ms: 86_400_000, name: '1 day' },
  { ms: 604_800_000, name: '7 days' },
  { ms: 2_592_000_000, name: '30 days' },
] as const;

/** As many occurrences as should be seen at once. */
const WANTED = 60;

/** The longest span that has no more occurrences than are wanted, by how often they come. */
export function spanFor(instants: readonly number[]): number {
  const [first, last] = [instants[0], instants.at(-1)];
  if (first === undefined || last === undefined || first === last) return SPANS[2].ms;
  const gap = (last - first) / (instants.length - 1);
  return SPANS.findLast(({ ms }) => ms <= gap * WANTED)?.ms ?? SPANS[0].ms;
}
