import { Injectable } from '@nestjs/common';
import type { TransportName } from '../domain/routes.js';
import { InstallationSettingsService } from '../organizations/installation-settings.service.js';
import { OutboxService } from '../outbox/outbox.service.js';
import { Publishing } from './publishing.js';
import type { Failure } from './transport.js';
import { Subscriptions } from './subscriptions.js';
import { notSet, Transports } from './transports.js';

export type TransportState = 'up' | 'degraded';

/** How a broker fares on this instance. */
export interface BrokerReport {
  transport: TransportName;
  server: string;
  state: TransportState;
  failure: Failure | null;
}

/** How a topic fares on this instance. */
export interface TopicReport {
  transport: TransportName;
  topic: string;
  direction: 'publish' | 'subscribe';
  /** Whose events its messages become; null for a topic that is published to. */
  organization: string | null;
  connected: boolean;
  /** How many messages wait: here for the broker, or there for this installation; null while that is unknown. */
  lag: number | null;
  failure: Failure | null;
  /** How many messages became dead letters on this instance since it began; null for a topic that is published to. */
  deadLetters: number | null;
}

export interface TransportsReport {
  state: TransportState;
  brokers: BrokerReport[];
  topics: TopicReport[];
}

/** Tells how brokers and topics fare. */
@Injectable()
export class TransportsStatus {
  constructor(
    private readonly transports: Transports,
    private readonly publishing: Publishing,
    private readonly subscriptions: Subscriptions,
    private readonly settings: InstallationSettingsService,
    private readonly outbox: OutboxService,
  ) {}

  report(): TransportsReport {
    const brokers = this.transports.all.map(({ name: transport, server, failure }) => ({
      ...{ transport, server, failure },
      state: stateOf(failure === null),
    }));
    const topics = [...this.published(), ...this.subscribed(), ...this.missing()];
    const works = [...brokers, ...topics].every(({ failure }) => failure === null);
    return { state: stateOf(works), brokers, topics };
  }

  private published(): TopicReport[] {
    return this.publishing.status.map(({ transport, topic, consumer, failure: own }) => {
      // What goes to a broker that is away may still be under way.
      const failure = own ?? this.transports.of(transport)?.failure ?? null;
      return {
        ...{ transport, topic, direction: 'publish' as const, organization: null, failure, deadLetters: null },
        connected: failure === null,
        lag: this.outbox.waitingFor(consumer),
      };
    });
  }

  private subscribed(): TopicReport[] {
    return this.subscriptions.status.map((status) => ({ ...status, direction: 'subscribe' as const }));
  }

  /** Topics of brokers that the environment of this instance does not name. */
  private missing(): TopicReport[] {
    const { publish = [], subscribe = [] } = this.settings.applied ?? {};
    const routes = [
      ...publish.map((each) => ({ ...each, direction: 'publish' as const, organization: null })),
      ...subscribe.map((each) => ({ ...each, direction: 'subscribe' as const })),
    ];
    return routes
      .filter(({ transport }) => !this.transports.of(transport))
      .map(({ transport, topic, direction, organization }) => ({
        ...{ transport, topic, direction, organization, connected: false, lag: null, deadLetters: null },
        failure: { at: 0, message: notSet(transport) },
      }));
  }
}

const stateOf = (works: boolean): TransportState => (works ? 'up' : 'degraded');
