import type { Stores } from '../../conformance/fixture.js';
import type { MemoryData } from '../../../src/testing/memory/memory-data.js';
import type { Assembly } from '../world/assembly.js';
import type { Spoil } from '../world/spoils.js';
import type { SimulatedProcess } from '../world/process.js';

/** A known fault, put into the product, which the simulation must find. */
export interface Mutation {
  name: string;
  /** From which seed on it is looked for, where what it takes comes about rarely; 1 by default. */
  firstSeed?: number;
  /** The fault of a task that is needed to find this mutation. */
  spoil?: Spoil;
  /** Whether this mutation is found only with an organization that wants every slot. */
  crowd?: boolean;
  /** Whether this mutation is found only where instances are not alike. */
  unlike?: boolean;
  /** Whether this mutation is found only where rates and places limit what starts. */
  limited?: boolean;
  /** Whether this mutation is looked for only in worlds with many events. */
  eventful?: boolean;
  /** Whether this mutation is looked for only in worlds with tasks that the ends of others start. */
  chained?: boolean;
  /** Whether this mutation is looked for only in worlds with notifications. */
  notified?: boolean;
  /** Whether this mutation is looked for only in worlds where single occurrences are skipped. */
  skipping?: boolean;
  /** Puts the fault into the store itself. */
  store?(stores: Stores, data: MemoryData): void;
  /** Puts the fault into one process's view of the store. */
  path?(stores: Stores, process: SimulatedProcess, data: MemoryData): Stores;
  /** Puts the fault into the engine of one instance. */
  instance?(assembly: Assembly): void;
}
