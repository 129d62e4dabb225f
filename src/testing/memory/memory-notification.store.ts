import type { Page } from '../../domain/listing.js';
import {
  NotificationStore,
  type NotificationRecord,
  type RecordKind,
  type RecordPlace,
} from '../../notifications/ports/notification.store.js';
import { copyOf, descending, keyOf, purge, type MemoryData } from './memory-data.js';

/** Keeps what there is of notifications beside the deliveries in memory. */
export class MemoryNotificationStore extends NotificationStore {
  constructor(private readonly data: MemoryData) {
    super();
  }

  async list(kind: RecordKind, organization: string, { after, limit }: Page): Promise<NotificationRecord[]> {
    const rest = this.own(kind, organization).filter(({ id }) => after === undefined || id < after);
    return Promise.resolve(copyOf(rest.sort(descending).slice(0, limit)));
  }

  async insert(record: NotificationRecord): Promise<boolean> {
    const key = placeOf(record);
    const isNew = !this.data.notifications.has(key);
    if (isNew) this.data.notifications.set(key, copyOf(record));
    return Promise.resolve(isNew);
  }

  async find(kind: RecordKind, organization: string, ids: readonly string[]): Promise<NotificationRecord[]> {
    return Promise.resolve(copyOf(this.own(kind, organization).filter(({ id }) => ids.includes(id))));
  }

  async count(kind: RecordKind, organization: string, most: number): Promise<number> {
    return Promise.resolve(Math.min(most, this.own(kind, organization).length));
  }

  async replace(record: NotificationRecord, version: number): Promise<boolean> {
    const key = placeOf(record);
    const isSame = this.data.notifications.get(key)?.version === version;
    if (isSame) this.data.notifications.set(key, copyOf(record));
    return Promise.resolve(isSame);
  }

  async remove(kind: RecordKind, organization: string, id: string): Promise<boolean> {
    return Promise.resolve(this.data.notifications.delete(placeOf({ kind, organization, id })));
  }

  async behind(kind: RecordKind, place: RecordPlace, limit: number): Promise<NotificationRecord[]> {
    const all = [...this.data.notifications.values()].filter((each) => each.kind === kind).sort(byPlace);
    return Promise.resolve(copyOf(all.filter((each) => byPlace(each, place) > 0).slice(0, limit)));
  }

  async purge(kind: RecordKind, before: number, limit: number): Promise<number> {
    return Promise.resolve(purge(this.data.notifications, (each) => each.kind === kind && each.at < before, limit));
  }

  private own(kind: RecordKind, organization: string): NotificationRecord[] {
    return [...this.data.notifications.values()].filter(
      (each) => each.kind === kind && each.organization === organization,
    );
  }
}

const placeOf = ({ kind, organization, id }: Pick<NotificationRecord, 'kind' | 'organization' | 'id'>): string =>
  keyOf(kind, organization, id);

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byPlace = (a: RecordPlace, b: RecordPlace): number =>
  a.at - b.at || order(a.organization, b.organization) || order(a.id, b.id);
