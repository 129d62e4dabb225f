/** A number of bytes for people. */
export function bytes(count: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let [left, unit] = [count, 0];
  for (; left >= 1000 && unit < units.length - 1; unit++) left /= 1000;
  return `${unit === 0 ? left : left.toFixed(1)} ${units[unit]}`;
}

/** The most faults that are told at once. */
const MOST_TOLD = 20;

/** Faults, one a line, and how many more there are. */
export const told = (faults: readonly string[]): string =>
  [...faults.slice(0, MOST_TOLD), ...(faults.length > MOST_TOLD ? [`and ${faults.length - MOST_TOLD} more`] : [])].join(
    '\n',
  );
