import { describeStore } from '../../conformance/store.contract.js';
import { MemoryData } from './memory-data.js';
import { memoryStores } from './memory-store.js';

describeStore('the store of the simulation', () => {
  const data = new MemoryData(() => Date.now());
  return Promise.resolve({
    ...memoryStores(data),
    readers: memoryStores(data),
    url: '',
    reopen: () => Promise.resolve(memoryStores(data)),
    close: () => {
      data.closed = true;
      return Promise.resolve();
    },
  });
});
