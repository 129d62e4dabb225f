import { fixtureOf, type StoreUnderTest } from './fixture.js';
import { kitOf } from './kit.js';
import { describePorts } from './ports.contract.js';
import type { TestRunner } from './test-runner.js';

export type { StoreUnderTest } from './fixture.js';
export type { Expect, Matchers, PromiseMatchers, TestRunner } from './test-runner.js';

/** Describes the tests that every store has to pass. `make` makes a store of its own for each test. */
export function describeStore(
  name: string,
  make: () => StoreUnderTest | Promise<StoreUnderTest>,
  runner: TestRunner,
): void {
  describePorts(kitOf(runner), name, async () => fixtureOf(await make()));
}
