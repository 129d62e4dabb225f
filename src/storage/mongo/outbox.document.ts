import { sizeOf, type Telling, type Told } from '../../domain/telling.js';

/** What was told at once. */
export interface OutboxDocument {
  /** The stream and the number, so that what follows each other in a stream does so by its id. */
  _id: string;
  stream: string;
  sequence: number;
  at: number;
  bytes: number;
  /** JSON text. */
  consumers: string;
  messages: Told[];
}

/** How far a consumer has got in a stream. */
export interface OutboxMarkDocument {
  _id: string;
  stream: string;
  consumer: string;
  sequence: number;
}

/** How many messages the consumer of this name has lost. */
export interface OutboxLossDocument {
  _id: string;
  count: number;
}

const DIGITS = 16;
export const tellingId = (stream: string, sequence: number): string =>
  `${stream}:${String(sequence).padStart(DIGITS, '0')}`;

/** The ids of the stream's tellings behind the number `after`, up to the number `through`. */
export const idsOf = (stream: string, after: number, through = Number.MAX_SAFE_INTEGER) => ({
  $gt: tellingId(stream, after),
  $lte: tellingId(stream, through),
});

/** Greater than all ids of the stream. */
export const behind = (stream: string): string => `${stream};`;

export const toOutboxDocument = (telling: Telling): OutboxDocument => ({
  _id: tellingId(telling.stream, telling.sequence),
  stream: telling.stream,
  sequence: telling.sequence,
  at: telling.at,
  bytes: sizeOf(telling),
  consumers: JSON.stringify(telling.consumers),
  messages: [...telling.messages],
});
