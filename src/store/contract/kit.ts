import type { Expect, TestRunner } from './test-runner.js';

/** Describes one test, or one for each row; `%s` in the name stands for the first of the row. */
export interface It {
  (name: string, body: () => Promise<void>): void;
  each<Row extends readonly [string, ...unknown[]]>(
    rows: readonly Row[],
  ): (name: string, body: (...row: Row) => Promise<void>) => void;
  each<Item extends string>(items: readonly Item[]): (name: string, body: (item: Item) => Promise<void>) => void;
}

/** What the parts of the contract are written with. */
export interface Kit {
  describe: (name: string, body: () => void) => void;
  it: It;
  expect: Expect;
  /**
   * Opens a fixture before each test of the enclosing describe and closes it afterwards. The result returns the current
   * one.
   */
  withFixture: <Fixture extends { close(): Promise<void> }>(open: () => Promise<Fixture>) => () => Fixture;
}

/** Many times what the slowest test takes: a busy machine fails none, and one that hangs still ends. */
const LONGEST_MS = 180_000;

/** The kit on a test runner. */
export function kitOf({ describe, it, beforeEach, afterEach, expect }: TestRunner): Kit {
  const each =
    (rows: readonly (string | readonly [string, ...unknown[]])[]) =>
    (name: string, body: (...row: unknown[]) => Promise<void>): void => {
      for (const row of rows.map((one) => (typeof one === 'string' ? ([one] as const) : one))) {
        it(
          name.replace('%s', () => row[0]),
          () => body(...row),
          LONGEST_MS,
        );
      }
    };
  return {
    describe: (name, body) => void describe(name, body),
    it: Object.assign((name: string, body: () => Promise<void>) => void it(name, body, LONGEST_MS), { each }) as It,
    expect,
    withFixture: <Fixture extends { close(): Promise<void> }>(open: () => Promise<Fixture>) => {
      let fixture: Fixture;
      beforeEach(async () => {
        fixture = await open();
      });
      afterEach(() => fixture.close());
      return () => fixture;
    },
  };
}
