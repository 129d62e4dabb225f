import type { EventWindow } from '../events/windows/event-window.js';
import { shardOf } from '../domain/shards.js';
import { reasonOf } from '../domain/unreadable.js';
import {
  instantOr,
  isInstant,
  isNumber,
  isText,
  isThere,
  listOf,
  objectIn,
  orNone,
  readable,
  shaped,
  textOr,
  type Shape,
} from './shape.js';

const EVENTS = listOf(shaped({ id: isText, type: isText, receivedAt: isInstant, data: isThere }));

const WINDOW: Shape = {
  id: isText,
  organization: isText,
  taskId: isText,
  trigger: isText,
  key: orNone(isText),
  version: isText,
  dueAt: isInstant,
  gathering: orNone(shaped({ events: EVENTS, endsAt: isNumber })),
  ended: listOf(shaped({ runId: isText, scheduledFor: isInstant, events: EVENTS })),
  spent: listOf(shaped({ id: isText })),
  starts: listOf(shaped({ id: isText, at: isInstant })),
};

/** What finds a window, and the rest of it as JSON. */
export interface WindowRow {
  id: string;
  organization: string;
  taskId: string;
  shard: number;
  version: string;
  dueAt: number;
  /** Of the rest. */
  bytes: number;
  held: string;
}

export const windowRow = ({ id, organization, taskId, version, dueAt, ...rest }: EventWindow): WindowRow => {
  const held = JSON.stringify(rest);
  return { id, organization, taskId, shard: shardOf(taskId), version, dueAt, bytes: Buffer.byteLength(held), held };
};

/** The window; of one whose record cannot be read, what is known. */
export const readableWindow = ({
  id,
  organization,
  taskId,
  version,
  dueAt,
  held,
}: Omit<WindowRow, 'shard' | 'bytes'>): EventWindow =>
  readable<EventWindow>(
    () => ({ ...(objectIn(held) as unknown as EventWindow), id, organization, taskId, version, dueAt }),
    WINDOW,
    (error) => ({
      ...{ id: String(id), organization: textOr(organization, ''), taskId: textOr(taskId, '') },
      ...{ trigger: '', key: null, version: textOr(version, ''), dueAt: instantOr(dueAt, 0) },
      ...{ gathering: null, ended: [], spent: [], starts: [], unreadable: reasonOf(error) },
    }),
  );
