/** The properties of a month that its days depend on: there are 28 shapes. */
export interface MonthShape {
  /** 28 to 31. */
  length: number;
  /** The weekday of its first day, 0 (Sunday) to 6. */
  firstWeekday: number;
}

/** A mask of all days of a month, by its length. */
export const MONTH_LENGTHS: Readonly<Record<number, number>> = {
  28: 0x0fff_ffff,
  29: 0x1fff_ffff,
  30: 0x3fff_ffff,
  31: 0x7fff_ffff,
};

/** Every shape, by index. */
export const MONTH_SHAPES: readonly MonthShape[] = Array.from({ length: 28 }, (_, index) => ({
  length: 28 + Math.floor(index / 7),
  firstWeekday: index % 7,
}));

export const shapeIndex = ({ length, firstWeekday }: MonthShape): number => (length - 28) * 7 + firstWeekday;

/** The indexes of the shapes that a month (1 to 12) has in these years; null means in any year. */
export function shapesOfMonth(month: number, years: ReadonlySet<number> | null): Set<number> {
  // The calendar repeats after 400 years; each month has had each of its shapes after 28.
  const all = years ?? Array.from({ length: 28 }, (_, index) => 1972 + index);
  return new Set(Array.from(all, (year) => shapeIndex(shapeOf(year, month))));
}

function shapeOf(year: number, month: number): MonthShape {
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return { length, firstWeekday: new Date(Date.UTC(year, month - 1, 1)).getUTCDay() };
}
