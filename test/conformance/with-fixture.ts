import { afterEach, beforeEach } from '@jest/globals';

/** Opens a fixture before each test of the enclosing describe and closes it after; call the result for the current one. */
export function withFixture<Fixture extends { close(): Promise<void> }>(open: () => Promise<Fixture>): () => Fixture {
  let fixture: Fixture;
  beforeEach(async () => {
    fixture = await open();
  });
  afterEach(() => fixture.close());
  return () => fixture;
}

/** The ids of what a list returned, in its order. */
export const idsOf = (items: readonly { id: string }[]): string[] => items.map(({ id }) => id);

/** What `make` makes of 0, 1, … count - 1. */
export const times = <Item>(count: number, make: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, index) => make(index));
