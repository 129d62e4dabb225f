import { describeStore } from '../../src/store/contract/index.js';
import { MemoryData } from '../../src/testing/memory/memory-data.js';
import { memoryStorage } from '../../src/testing/memory-storage.js';
import { runner } from '../conformance/jest-kit.js';

describeStore(
  'the store of the simulation',
  () => {
    const data = new MemoryData(() => Date.now());
    return { open: () => memoryStorage(data) };
  },
  runner,
);
