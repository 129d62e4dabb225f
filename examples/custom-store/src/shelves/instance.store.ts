import { type Instance, InstanceStore } from 'scheduled-task-runner/store';
import { copyOf, type ShelfData } from './data.js';

/** Keeps the reports of the instances in memory. */
export class ShelfInstanceStore extends InstanceStore {
  constructor(private readonly data: ShelfData) {
    super();
  }

  async put(instance: Instance): Promise<void> {
    this.data.instances.set(instance.id, copyOf(instance));
  }

  async list(): Promise<Instance[]> {
    return copyOf([...this.data.instances.values()]);
  }

  async remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      this.data.instances.delete(id);
      this.data.startLimits.delete(id);
    }
  }

  async raiseStartLimit(id: string, until: number): Promise<void> {
    this.data.startLimits.set(id, Math.max(until, this.data.startLimits.get(id) ?? until));
  }

  async startLimits(ids: readonly string[]): Promise<Map<string, number>> {
    const known = ids.filter((id) => this.data.startLimits.has(id));
    return new Map(known.map((id) => [id, this.data.startLimits.get(id)!]));
  }
}
