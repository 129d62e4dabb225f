/** The ids of a list's result, in its order. */
export const idsOf = (items: readonly { id: string }[]): string[] => items.map(({ id }) => id);

/** The results of `make` for 0, 1, … count - 1. */
export const times = <Item>(count: number, make: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, index) => make(index));
