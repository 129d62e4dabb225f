import { Inject, Injectable } from '@nestjs/common';
import { boundedCache } from '../domain/bounded-cache.js';
import { Clock } from '../clock/clock.js';
import { InvalidInputError, StoreUnavailableError } from '../domain/errors.js';
import type { SubscribedTopic } from '../domain/routes.js';
import { messageOf } from '../domain/thrown.js';
import type { StoredEvent } from '../events/event.store.js';
import { EventsService, type Dispatched, type NewEvent } from '../events/events.service.js';
import { RUNNER_OPTIONS, type ResolvedOptions } from '../options.js';
import { UnmappedPayloadError } from '../webhooks/webhook-errors.js';
import { DeadLetters, messageOfLetter, type DeadLetter } from './dead-letters.js';
import { incomingEvent } from './incoming-event.js';
import type { LetterReason } from './letter-reason.js';
import type { IncomingMessage } from './transport.js';

/** After so many tries a message that cannot be stored, while the store answers, is put aside. */
const MOST_TRIES = 5;
/** How long the next messages wait for what these start (ms). */
const START_MS = 10_000;

/** What became of a few messages. */
export interface Taken {
  letters: number;
  /** Resolves when what the events start is stored, or it takes too long; never rejects. */
  dispatched: Promise<void>;
}

/** Makes events of messages, and dead letters of those of which none can be made. */
@Injectable()
export class MessageIntake {
  private readonly tries = boundedCache<number>(10_000);

  constructor(
    private readonly events: EventsService,
    private readonly letters: DeadLetters,
    private readonly clock: Clock,
    @Inject(RUNNER_OPTIONS) private readonly options: Pick<ResolvedOptions, 'limits'>,
  ) {}

  /** Resolves when all of them are stored, as one or the other. @throws StoreUnavailableError */
  async take(route: SubscribedTopic, messages: readonly IncomingMessage[]): Promise<Taken> {
    const stored = await Promise.all(messages.map((message) => this.takeOne(route, message)));
    const events = stored.filter((event) => event !== null);
    return { letters: stored.length - events.length, dispatched: this.dispatch(events) };
  }

  /** Makes an event of a dead letter, by what is set for its topic now. @throws StateConflictError, UnmappedPayloadError, InvalidInputError */
  async replay(route: SubscribedTopic, letter: DeadLetter): Promise<Dispatched> {
    const event = incomingEvent(route, messageOfLetter(letter), this.options.limits.eventBytes);
    const stored = await this.events.store(this.traced(event));
    await this.letters.replayed(letter, stored.id, stored.type);
    return this.events.dispatch(stored);
  }

  private async takeOne(route: SubscribedTopic, message: IncomingMessage): Promise<StoredEvent | null> {
    try {
      return await this.events.store(this.traced(incomingEvent(route, message, this.options.limits.eventBytes)));
    } catch (error) {
      const reason = this.reasonOf(error, route, message);
      if (reason === null) throw error;
      await this.letters.put(route, message, reason, messageOf(error));
      return null;
    }
  }

  /** A message tells by itself where in a trace it belongs; without tracing that is not kept. */
  private traced({ trace, ...event }: NewEvent): NewEvent {
    return { ...event, ...(trace && this.events.whence(trace)) };
  }

  /** Null where it is to be tried again. */
  private reasonOf(
    error: unknown,
    { transport, topic }: SubscribedTopic,
    { position }: IncomingMessage,
  ): LetterReason | null {
    if (error instanceof InvalidInputError) return 'malformed';
    if (error instanceof UnmappedPayloadError) return 'unmapped';
    if (error instanceof StoreUnavailableError) return null;
    const key = `${transport}/${topic}/${position}`;
    const tries = (this.tries.get(key) ?? 0) + 1;
    this.tries.set(key, tries);
    return tries < MOST_TRIES ? null : 'unavailable';
  }

  /** What fails here is found again: the events are stored. */
  private async dispatch(events: readonly StoredEvent[]): Promise<void> {
    const started = events.map((event) => this.events.dispatch(event).catch(() => undefined));
    await this.clock.noLongerThan(START_MS, Promise.all(started));
  }
}
