import { toIso } from '../../domain/instants.js';
import { TRANSPORT_NAMES } from '../../domain/routes.js';
import type { Failure } from '../../transports/transport.js';
import type { BrokerReport, TopicReport, TransportsReport } from '../../transports/transports-status.js';
import { respond, Shown, ShownInstant } from '../http/expose.js';

const STATES = ['up', 'degraded'];

export class TransportFailureResponse {
  @ShownInstant({ nullable: true, description: 'Since when.' })
  since!: string | null;

  @Shown({ type: String })
  message!: string;
}

export class BrokerResponse {
  @Shown({ enum: [...TRANSPORT_NAMES] })
  transport!: string;

  @Shown({ type: String, description: 'Its address.' })
  server!: string;

  @Shown({ enum: STATES })
  state!: string;

  @Shown({
    type: TransportFailureResponse,
    nullable: true,
    description: 'Why it cannot be reached; null while it can.',
  })
  lastError!: TransportFailureResponse | null;
}

export class TransportTopicResponse {
  @Shown({ enum: [...TRANSPORT_NAMES] })
  transport!: string;

  @Shown({ type: String })
  topic!: string;

  @Shown({ enum: ['publish', 'subscribe'] })
  direction!: string;

  @Shown({ type: String, nullable: true, description: 'Whose events the messages become; null where it is published.' })
  organization!: string | null;

  @Shown({ type: 'boolean' })
  connected!: boolean;

  @Shown({
    type: 'integer',
    nullable: true,
    description: 'How many messages wait to be sent by this instance, or to be read; null while that is unknown.',
  })
  lag!: number | null;

  @Shown({ type: TransportFailureResponse, nullable: true, description: 'Why it does not work; null while it does.' })
  lastError!: TransportFailureResponse | null;

  @Shown({
    type: 'integer',
    nullable: true,
    description: 'How many messages became dead letters on this instance since it began; null where it is published.',
  })
  deadLetters!: number | null;
}

/** How the brokers of messages and their topics fare on the instance that answers. */
export class TransportsResponse {
  @Shown({ enum: STATES, description: 'Degraded: at least one of them does not work.' })
  state!: string;

  @Shown({ type: BrokerResponse, isArray: true })
  brokers!: BrokerResponse[];

  @Shown({ type: TransportTopicResponse, isArray: true })
  topics!: TransportTopicResponse[];
}

export const toTransportsResponse = ({ state, brokers, topics }: TransportsReport): TransportsResponse =>
  respond(TransportsResponse, { state, brokers: brokers.map(brokerOf), topics: topics.map(topicOf) });

const brokerOf = ({ failure, ...broker }: BrokerReport): BrokerResponse => ({ ...broker, lastError: errorOf(failure) });
const topicOf = ({ failure, ...topic }: TopicReport): TransportTopicResponse => ({
  ...topic,
  lastError: errorOf(failure),
});
const errorOf = (failure: Failure | null): TransportFailureResponse | null =>
  failure && { since: failure.at === 0 ? null : toIso(failure.at), message: failure.message };
