import type { Stores } from '../../conformance/fixture.js';
import type { MemoryData } from '../memory/memory-data.js';
import type { Assembly } from '../world/assembly.js';
import type { SimulatedProcess } from '../world/process.js';

/** A known fault, put back into the product, which the simulation must find. */
export interface Mutation {
  name: string;
  /** Spoils the store itself. */
  store?(stores: Stores, data: MemoryData): void;
  /** Spoils what one process sees of the store. */
  path?(stores: Stores, process: SimulatedProcess, data: MemoryData): Stores;
  /** Spoils the engine of one instance. */
  instance?(assembly: Assembly): void;
}
