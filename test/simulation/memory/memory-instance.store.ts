import { InstanceStore, type Instance } from '../../../src/cluster/instance.store.js';
import { copyOf, type MemoryData } from './memory-data.js';

/** Keeps what the instances say of themselves in memory. */
export class MemoryInstanceStore extends InstanceStore {
  constructor(private readonly data: MemoryData) {
    super();
  }

  async put(instance: Instance): Promise<void> {
    this.data.instances.set(instance.id, copyOf(instance));
    return Promise.resolve();
  }

  async list(): Promise<Instance[]> {
    return Promise.resolve(copyOf([...this.data.instances.values()]));
  }

  async remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.data.instances.delete(id);
    return Promise.resolve();
  }
}
