import type { TransportName } from '../domain/routes.js';

/** A message that leaves. */
export interface OutgoingMessage {
  /** What has the same key stays in order. */
  key: string;
  /** A CloudEvent in its structured form, as JSON. */
  event: string;
}

/** A message as it came from a broker. */
export interface IncomingMessage {
  /** Where it stands in its topic: the same whenever it is delivered, and no other message has it. */
  position: string;
  /** When it was written (epoch ms), as the broker says. */
  at: number;
  /** By their names in lower case. */
  headers: Readonly<Record<string, string>>;
  /** Null for a message without a value. */
  value: Buffer | null;
}

/** Takes messages, in order; resolves when all of them are stored. What is rejected comes again. */
export type Handle = (messages: readonly IncomingMessage[]) => Promise<void>;

/** Why something does not work, and since when (epoch ms). */
export interface Failure {
  at: number;
  message: string;
}

/** How a topic fares. */
export interface TopicStatus {
  connected: boolean;
  /** How many messages of the topic were not taken yet; null while that is unknown. */
  lag: number | null;
  failure: Failure | null;
}

/** A topic that is being read. */
export interface Reading {
  readonly status: TopicStatus;
  /** Takes nothing more; what was taken and stored is confirmed. */
  stop(): Promise<void>;
}

/** A topic and those who share its messages: each goes to one of the group. */
export interface Subscription {
  topic: string;
  group: string;
}

/** How to publish. */
export interface PublishOptions {
  /** How long a broker that does not know it by itself keeps the messages (ms). */
  keepMs: number;
  signal: AbortSignal;
}

/** A broker of messages. It reopens its connections by itself, and tells how it fares. */
export abstract class Transport {
  abstract readonly name: TransportName;

  /** Its address, without secrets. */
  abstract readonly server: string;

  /** Why the broker cannot be reached; null while it can. */
  abstract readonly failure: Failure | null;

  /** Begins to connect. Never waits for the broker. */
  abstract start(): void;

  /**
   * Resolves when the broker has accepted all messages, in order. @throws ActionError, whose status is 4xx where the
   * broker will never accept them
   */
  abstract publish(topic: string, messages: readonly OutgoingMessage[], options: PublishOptions): Promise<void>;

  /**
   * Reads a topic from its beginning, or from where the group has got to, and confirms what `handle` has taken. What a
   * member of the group left unconfirmed goes to another. A topic that is not there is waited for.
   */
  abstract subscribe(subscription: Subscription, handle: Handle): Reading;

  abstract stop(): Promise<void>;
}
