import { createHash } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { STEPS, type LifecycleMessage } from '../domain/lifecycle-message.js';
import type { PublishedTopic, TransportName } from '../domain/routes.js';
import { RUNNER_OPTIONS } from '../options.js';
import { InstallationSettingsService } from '../organizations/installation-settings.service.js';
import { Consumers } from '../outbox/consumers.js';
import { outgoingEvent } from './outgoing-event.js';
import type { Failure, Transport } from './transport.js';
import type { TransportOptions } from './transport-options.js';
import { Transports } from './transports.js';
import { Trouble } from './trouble.js';

const BATCH = { items: 100, bytes: 524_288 };
const HOUR_MS = 3_600_000;
const KEPT_HOURS = 72;
const ALL = new Set(STEPS);

/** A topic to which steps are published. */
interface Route {
  /** Absent once the topic is not among the settings any more. */
  published: PublishedTopic | null;
  organizations: ReadonlySet<string> | null;
  trouble: Trouble;
}

/** How publishing to a topic fares. */
export interface PublishedStatus {
  transport: TransportName;
  topic: string;
  /** The name of its consumer of the outbox. */
  consumer: string;
  failure: Failure | null;
}

/** Publishes steps of runs and tasks to the topics of the installation's settings, each by a consumer of its own. */
@Injectable()
export class Publishing {
  private readonly routes = new Map<string, Route>();
  private readonly logger = new Logger('Publishing');

  constructor(
    private readonly consumers: Consumers,
    private readonly settings: InstallationSettingsService,
    private readonly transports: Transports,
    private readonly clock: Clock,
    @Inject(RUNNER_OPTIONS) private readonly options: TransportOptions,
  ) {}

  /** To be called when the transports are loaded, and before anything is told. */
  begin(): void {
    if (this.transports.all.length === 0) return;
    this.settings.onApplied(() => this.follow());
    this.follow();
  }

  get status(): PublishedStatus[] {
    return [...this.routes].flatMap(
      ([
        consumer,
        {
          published,
          trouble: { failure },
        },
      ]) => (published ? [{ transport: published.transport, topic: published.topic, consumer, failure }] : []),
    );
  }

  /** Has the topics that are set now, and no others. */
  private follow(): void {
    const set = new Map((this.settings.applied?.publish ?? []).map((each) => [consumerOf(each), each]));
    for (const [name, route] of this.routes) assign(route, set.get(name) ?? null);
    for (const [name, published] of set) {
      const transport = this.transports.of(published.transport);
      if (transport && !this.routes.has(name)) this.add(name, published, transport);
    }
  }

  private add(name: string, published: PublishedTopic, transport: Transport): void {
    const trouble = new Trouble(`The topic ${published.topic} of ${transport.server}`, this.clock, this.logger);
    const route: Route = { published: null, organizations: null, trouble };
    assign(route, published);
    this.routes.set(name, route);
    this.consumers.add({
      ...{ name, steps: ALL, batch: BATCH, inOrder: true },
      wants: (message) => wants(route, message),
      deliver: (messages, signal) => this.deliver(route, transport, messages, signal),
    });
  }

  private async deliver(
    { published, trouble }: Route,
    transport: Transport,
    messages: readonly LifecycleMessage[],
    signal: AbortSignal,
  ): Promise<void> {
    if (!published) return;
    const events = messages.map((message) => outgoingEvent(message, this.options.eventTypePrefix));
    try {
      await transport.publish(published.topic, events, {
        keepMs: (published.keepHours ?? KEPT_HOURS) * HOUR_MS,
        signal,
      });
      trouble.end();
    } catch (error) {
      trouble.begin(error);
      throw error;
    }
  }
}

const wants = ({ published, organizations }: Route, { organization }: LifecycleMessage): boolean =>
  published !== null && (organizations === null || organizations.has(organization));

function assign(route: Route, published: PublishedTopic | null): void {
  route.published = published;
  route.organizations = published?.organizations ? new Set(published.organizations) : null;
  if (!published) route.trouble.end();
}

/** Short, and without characters that a store would take for its own. */
const consumerOf = ({ transport, topic }: Pick<PublishedTopic, 'transport' | 'topic'>): string =>
  `${transport}-${createHash('sha256').update(topic).digest('hex').slice(0, 12)}`;
