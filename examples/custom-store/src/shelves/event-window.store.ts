import {
  EventWindowStore,
  shardOf,
  type DueEventWindow,
  type DueEventWindows,
  type EventWindow,
  type Page,
  type WindowChange,
  type WindowUsage,
  type WindowVersion,
} from 'scheduled-task-runner/store';
import { byOrganization, copyOf, descending, hasTurn, type ShelfData } from './data.js';

/** Keeps the windows of event triggers in memory. */
export class ShelfEventWindowStore extends EventWindowStore {
  constructor(private readonly data: ShelfData) {
    super();
  }

  async byIds(ids: readonly string[]): Promise<EventWindow[]> {
    return ids.flatMap((id) => copyOf(this.data.eventWindows.get(id)) ?? []);
  }

  async write(changes: readonly WindowChange[]): Promise<Set<string>> {
    const { eventWindows } = this.data;
    const valid = changes.filter(({ window: { id }, read }) => (eventWindows.get(id)?.version ?? null) === read);
    for (const { window } of valid) eventWindows.set(window.id, copyOf(window));
    return new Set(valid.map(({ window: { id } }) => id));
  }

  async remove(windows: readonly WindowVersion[]): Promise<void> {
    for (const { id } of this.stillOf(windows)) this.data.eventWindows.delete(id);
  }

  async postpone(windows: readonly WindowVersion[], dueAt: number): Promise<void> {
    for (const window of this.stillOf(windows)) window.dueAt = dueAt;
  }

  async due({ before, limit, shards, turns }: DueEventWindows): Promise<DueEventWindow[]> {
    const due = [...this.data.eventWindows.values()]
      .filter(({ dueAt, taskId }) => dueAt < before && (shards?.includes(shardOf(taskId)) ?? true))
      .sort((a, b) => a.dueAt - b.dueAt);
    const found = turns ? due.filter((window) => hasTurn(window, turns)).sort(byOrganization) : due;
    return found.slice(0, limit).map(({ id, organization, taskId, dueAt }) => ({ id, organization, taskId, dueAt }));
  }

  async usage(organization: string, taskId: string, most: number): Promise<WindowUsage> {
    const all = [...this.data.eventWindows.values()].filter((window) => window.organization === organization);
    const counted = all.slice(0, most);
    const ofTask = counted.filter((window) => window.taskId === taskId).length;
    const bytes = counted.reduce((sum, window) => sum + JSON.stringify(window).length, 0);
    return { windows: counted.length, ofTask, bytes };
  }

  async ofTask(organization: string, taskId: string, { after, limit }: Page): Promise<EventWindow[]> {
    const own = [...this.data.eventWindows.values()]
      .filter((window) => window.organization === organization && window.taskId === taskId)
      .filter(({ id }) => after === undefined || id < after)
      .sort(descending);
    return copyOf(own.slice(0, limit));
  }

  private stillOf(windows: readonly WindowVersion[]): EventWindow[] {
    return windows.flatMap(({ id, version }) => {
      const stored = this.data.eventWindows.get(id);
      return stored?.version === version ? [stored] : [];
    });
  }
}
