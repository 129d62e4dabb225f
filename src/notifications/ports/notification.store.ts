import type { JsonObject } from '../../domain/json.js';
import type { Page } from '../../domain/listing.js';

/**
 * What is kept beside deliveries: channels, rules and schedules of reports, which people make; and what follows from them: the health of a
 * channel, what a rule has seen of a task, and how much a rule has told.
 */
export const RECORD_KINDS = ['channel', 'rule', 'report', 'health', 'watch', 'gate'] as const;
export type RecordKind = (typeof RECORD_KINDS)[number];

/** A record of an organization, unique by kind, organization and id. */
export interface NotificationRecord {
  kind: RecordKind;
  organization: string;
  id: string;
  /** How many times it was written. */
  version: number;
  /** When it was last written (epoch ms), by the clock of whoever wrote it; of a schedule, when it is due. */
  at: number;
  body: JsonObject;
}

/** A place in the order of the records of one kind: by time, organization and id. */
export type RecordPlace = Pick<NotificationRecord, 'at' | 'organization' | 'id'>;

/** Reads the records of organizations for people, separately from the engine. */
export abstract class NotificationReads {
  /** The organization's records of this kind, by descending id. */
  abstract list(kind: RecordKind, organization: string, page: Page): Promise<NotificationRecord[]>;
}

/** Keeps what there is of notifications beside the deliveries. */
export abstract class NotificationStore extends NotificationReads {
  /** Stores a new record; an existing one stays unchanged. Resolves to whether it was new. */
  abstract insert(record: NotificationRecord): Promise<boolean>;

  /** Those of the records that are there, in any order; at most 1,000 are asked for. */
  abstract find(kind: RecordKind, organization: string, ids: readonly string[]): Promise<NotificationRecord[]>;

  /** How many records of this kind the organization has, counted up to `most`. */
  abstract count(kind: RecordKind, organization: string, most: number): Promise<number>;

  /** Replaces the record if its stored version is still `version`; resolves to whether it was. */
  abstract replace(record: NotificationRecord, version: number): Promise<boolean>;

  /** Removes the record; resolves to whether there was one. */
  abstract remove(kind: RecordKind, organization: string, id: string): Promise<boolean>;

  /** The records of all organizations behind a place, in their order. */
  abstract behind(kind: RecordKind, place: RecordPlace, limit: number): Promise<NotificationRecord[]>;

  /** Housekeeping: deletes up to `limit` records of this kind from before `before` (epoch ms); resolves to their number. */
  abstract purge(kind: RecordKind, before: number, limit: number): Promise<number>;
}
