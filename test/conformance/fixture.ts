import type { StoreFixture as Fixture } from '../../src/store/contract/fixture.js';

export type { LockFixture } from '../../src/store/contract/fixture.js';
export type { Readers, Stores } from '../../src/storage/ports.js';

/** An adapter under test that other processes can use. */
export interface StoreFixture extends Fixture {
  /** The `STORE_URL` under which another process finds the same data. */
  url: string;
}

/** Makes a fixture; called once for each test. */
export type OpenFixture = () => Promise<StoreFixture>;
