import { toIso } from '../../domain/instants.js';
import { TRANSPORT_NAMES } from '../../domain/routes.js';
import type { DeadLetter } from '../../transports/dead-letters.js';
import { NEXT_CURSOR, respond, Shown, ShownInstant } from '../http/expose.js';

/** How much of a message is shown. */
const SHOWN_CHARS = 1000;

export class DeadLetterResponse {
  @Shown({ format: 'uuid' })
  id!: string;

  @Shown({ type: String, description: 'Whose event it would have become.' })
  organization!: string;

  @Shown({ enum: [...TRANSPORT_NAMES] })
  transport!: string;

  @Shown({ type: String })
  topic!: string;

  @Shown({ type: String, description: 'Where it stands in the topic.' })
  position!: string;

  @ShownInstant({ description: 'When it was put aside.' })
  at!: string;

  @Shown({ enum: ['malformed', 'unmapped', 'unavailable'] })
  reason!: string;

  @Shown({ type: String, description: 'The reason in words.' })
  detail!: string;

  @Shown({ type: 'integer', description: 'The size of the message in bytes.' })
  size!: number;

  @Shown({
    type: String,
    nullable: true,
    description: 'The beginning of the message; null if it was too large to be kept.',
  })
  excerpt!: string | null;

  @Shown({ type: 'boolean', description: 'Whether it is kept, and can be replayed.' })
  replayable!: boolean;

  @Shown({ type: String, format: 'uuid', nullable: true, description: 'The event that a replay made of it.' })
  eventId!: string | null;
}

/** A page of messages that became no event, newest first. */
export class DeadLetterPage {
  @Shown({ type: [DeadLetterResponse] })
  items!: DeadLetterResponse[];

  @Shown(NEXT_CURSOR)
  nextCursor!: string | null;
}

export const toDeadLetterResponse = ({ at, message, ...letter }: DeadLetter): DeadLetterResponse =>
  respond(DeadLetterResponse, {
    ...letter,
    at: toIso(at),
    excerpt: message && (message.value?.toString('utf8').slice(0, SHOWN_CHARS) ?? ''),
    replayable: message !== null,
  });
