/** Why a request to a webhook source was refused. */
export const REASONS = [
  'unknown-source',
  'disabled',
  'signature',
  'stale',
  'malformed',
  'unmapped',
  'conflict',
  'unavailable',
] as const;
export type Reason = (typeof REASONS)[number];

/** The status that each is answered with. */
export const STATUSES: Readonly<Record<Reason, number>> = {
  'unknown-source': 404,
  disabled: 404,
  signature: 401,
  stale: 401,
  malformed: 400,
  unmapped: 422,
  conflict: 409,
  unavailable: 503,
};

export const RESULTS = ['accepted', 'refused'] as const;
export type DeliveryResult = (typeof RESULTS)[number];

/** What a verified request held, as far as it is kept to be replayed. */
export interface KeptRequest {
  /** Base64. */
  body: string;
  contentType: string | null;
  /** The headers that the mapping of its source reads, by their lower-case names. */
  headers: Record<string, string>;
}

/** What became of a request to a webhook source, or of several refused ones. */
export interface WebhookDelivery {
  /** Sorts by time. */
  id: string;
  organization: string;
  /** The id of the source. */
  source: string;
  /** Epoch milliseconds. */
  at: number;
  result: DeliveryResult;
  /** Null for an accepted one. */
  reason: Reason | null;
  /** In words; null for an accepted one. */
  detail: string | null;
  /** The status of the answer. */
  status: number;
  /** How many requests it stands for: of a flood of refused ones, only the first have records of their own. */
  count: number;
  /** The sender's own id of the message. */
  messageId: string | null;
  eventId: string | null;
  eventType: string | null;
  /** The size of the body in bytes. */
  size: number;
  address: string | null;
  /** The delivery that it repeats. */
  replayOf: string | null;
  /** Null unless the request was verified and is small enough to be kept. */
  request: KeptRequest | null;
}

/** What a delivery weighs in what is kept of its source (bytes). */
export const sizeOfDelivery = ({ id: _, organization: _o, source: _s, at: _a, result: _r, ...rest }: WebhookDelivery) =>
  Buffer.byteLength(JSON.stringify(rest));
