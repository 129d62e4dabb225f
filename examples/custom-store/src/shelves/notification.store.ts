import {
  type NotificationRecord,
  NotificationStore,
  type Page,
  type RecordKind,
  type RecordPlace,
} from 'scheduled-task-runner/store';
import { copyOf, descending, keyOf, purge, type ShelfData } from './data.js';

/** Keeps what there is of notifications beside the deliveries in memory. */
export class ShelfNotificationStore extends NotificationStore {
  constructor(private readonly data: ShelfData) {
    super();
  }

  async list(kind: RecordKind, organization: string, { after, limit }: Page): Promise<NotificationRecord[]> {
    const rest = this.own(kind, organization).filter(({ id }) => after === undefined || id < after);
    return copyOf(rest.sort(descending).slice(0, limit));
  }

  async insert(record: NotificationRecord): Promise<boolean> {
    const key = placeOf(record);
    const isNew = !this.data.notifications.has(key);
    if (isNew) this.data.notifications.set(key, copyOf(record));
    return isNew;
  }

  async find(kind: RecordKind, organization: string, ids: readonly string[]): Promise<NotificationRecord[]> {
    return copyOf(this.own(kind, organization).filter(({ id }) => ids.includes(id)));
  }

  async count(kind: RecordKind, organization: string, most: number): Promise<number> {
    return Math.min(most, this.own(kind, organization).length);
  }

  async replace(record: NotificationRecord, version: number): Promise<boolean> {
    const key = placeOf(record);
    const isSame = this.data.notifications.get(key)?.version === version;
    if (isSame) this.data.notifications.set(key, copyOf(record));
    return isSame;
  }

  async remove(kind: RecordKind, organization: string, id: string): Promise<boolean> {
    return this.data.notifications.delete(placeOf({ kind, organization, id }));
  }

  async behind(kind: RecordKind, place: RecordPlace, limit: number): Promise<NotificationRecord[]> {
    const all = [...this.data.notifications.values()].filter((each) => each.kind === kind).sort(byPlace);
    return copyOf(all.filter((each) => byPlace(each, place) > 0).slice(0, limit));
  }

  async purge(kind: RecordKind, before: number, limit: number): Promise<number> {
    return purge(this.data.notifications, (each) => each.kind === kind && each.at < before, limit);
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
