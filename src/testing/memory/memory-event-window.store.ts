import type { Page } from '../../domain/listing.js';
import { shardOf } from '../../domain/shards.js';
import type { EventWindow } from '../../events/windows/event-window.js';
import {
  EventWindowStore,
  type DueEventWindow,
  type DueEventWindows,
  type WindowChange,
  type WindowUsage,
  type WindowVersion,
} from '../../events/windows/event-window.store.js';
import { byOrganization, copyOf, descending, hasTurn, type MemoryData } from './memory-data.js';

/** Keeps the windows of event triggers in memory. */
export class MemoryEventWindowStore extends EventWindowStore {
  constructor(private readonly data: MemoryData) {
    super();
  }

  async byIds(ids: readonly string[]): Promise<EventWindow[]> {
    return Promise.resolve(ids.flatMap((id) => copyOf(this.data.eventWindows.get(id)) ?? []));
  }

  async write(changes: readonly WindowChange[]): Promise<Set<string>> {
    const { eventWindows } = this.data;
    const valid = changes.filter(({ window: { id }, read }) => (eventWindows.get(id)?.version ?? null) === read);
    for (const { window } of valid) eventWindows.set(window.id, copyOf(window));
    return Promise.resolve(new Set(valid.map(({ window: { id } }) => id)));
  }

  async remove(windows: readonly WindowVersion[]): Promise<void> {
    for (const { id } of this.stillOf(windows)) this.data.eventWindows.delete(id);
    return Promise.resolve();
  }

  async postpone(windows: readonly WindowVersion[], dueAt: number): Promise<void> {
    for (const window of this.stillOf(windows)) window.dueAt = dueAt;
    return Promise.resolve();
  }

  async due({ before, limit, shards, turns }: DueEventWindows): Promise<DueEventWindow[]> {
    const due = [...this.data.eventWindows.values()]
      .filter(({ dueAt, taskId }) => dueAt < before && (shards?.includes(shardOf(taskId)) ?? true))
      .sort((a, b) => a.dueAt - b.dueAt);
    const found = turns ? due.filter((window) => hasTurn(window, turns)).sort(byOrganization) : due;
    return Promise.resolve(
      found.slice(0, limit).map(({ id, organization, taskId, dueAt }) => ({ id, organization, taskId, dueAt })),
    );
  }

  async usage(organization: string, taskId: string, most: number): Promise<WindowUsage> {
    const all = [...this.data.eventWindows.values()].filter((window) => window.organization === organization);
    const counted = all.slice(0, most);
    const ofTask = counted.filter((window) => window.taskId === taskId).length;
    const bytes = counted.reduce((sum, window) => sum + JSON.stringify(window).length, 0);
    return Promise.resolve({ windows: counted.length, ofTask, bytes });
  }

  async ofTask(organization: string, taskId: string, { after, limit }: Page): Promise<EventWindow[]> {
    const own = [...this.data.eventWindows.values()]
      .filter((window) => window.organization === organization && window.taskId === taskId)
      .filter(({ id }) => after === undefined || id < after)
      .sort(descending);
    return Promise.resolve(copyOf(own.slice(0, limit)));
  }

  private stillOf(windows: readonly WindowVersion[]): EventWindow[] {
    return windows.flatMap(({ id, version }) => {
      const stored = this.data.eventWindows.get(id);
      return stored?.version === version ? [stored] : [];
    });
  }
}
