import { InstanceStore, type Instance } from '../../cluster/instance.store.js';
import { copyOf, type MemoryData } from './memory-data.js';

/** Keeps the reports of the instances in memory. */
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
    for (const id of ids) {
      this.data.instances.delete(id);
      this.data.startLimits.delete(id);
    }
    return Promise.resolve();
  }

  async raiseStartLimit(id: string, until: number): Promise<void> {
    this.data.startLimits.set(id, Math.max(until, this.data.startLimits.get(id) ?? until));
    return Promise.resolve();
  }

  async startLimits(ids: readonly string[]): Promise<Map<string, number>> {
    const known = ids.filter((id) => this.data.startLimits.has(id));
    return Promise.resolve(new Map(known.map((id) => [id, this.data.startLimits.get(id)!])));
  }
}
