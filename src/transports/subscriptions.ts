import { Inject, Injectable } from '@nestjs/common';
import { StateConflictError } from '../domain/errors.js';
import type { Page } from '../domain/listing.js';
import type { SubscribedTopic, TransportName } from '../domain/routes.js';
import type { Dispatched } from '../events/events.service.js';
import { RUNNER_OPTIONS } from '../options.js';
import { InstallationSettingsService } from '../organizations/installation-settings.service.js';
import { DeadLetters, type DeadLetter } from './dead-letters.js';
import { MessageIntake } from './message-intake.js';
import type { Reading, TopicStatus } from './transport.js';
import type { TransportOptions } from './transport-options.js';
import { Transports } from './transports.js';

/** A topic of which this instance reads its share. */
interface Subscribed {
  route: SubscribedTopic;
  reading: Reading;
  letters: number;
}

/** How a subscribed topic fares on this instance. */
export interface SubscribedStatus extends TopicStatus {
  transport: TransportName;
  topic: string;
  organization: string;
  /** How many messages became dead letters here since the topic is read. */
  deadLetters: number;
}

/** Reads the topics of the installation's settings; the instances of an installation share the messages of each. */
@Injectable()
export class Subscriptions {
  private readonly known = new Map<string, Subscribed>();
  private isOn = false;
  private isFollowing = false;

  constructor(
    private readonly settings: InstallationSettingsService,
    private readonly transports: Transports,
    private readonly intake: MessageIntake,
    private readonly letters: DeadLetters,
    @Inject(RUNNER_OPTIONS) private readonly options: TransportOptions,
  ) {}

  get status(): SubscribedStatus[] {
    return [...this.known.values()].map(({ route: { transport, topic, organization }, reading, letters }) => ({
      ...{ transport, topic, organization, deadLetters: letters },
      ...reading.status,
    }));
  }

  /** To be called when this instance takes work. */
  start(): void {
    this.isOn = true;
    if (!this.isFollowing) this.settings.onApplied(() => this.follow());
    this.isFollowing = true;
    this.follow();
  }

  /** Takes in nothing more; what is in hand is stored first. */
  async stop(): Promise<void> {
    this.isOn = false;
    const readings = [...this.known.values()];
    this.known.clear();
    await Promise.all(readings.map(({ reading }) => reading.stop()));
  }

  /** The dead letters of an organization, or with null of all that have subscriptions; newest first. */
  list(organization: string | null, page: Page): Promise<DeadLetter[]> {
    return this.letters.list(this.organizations(organization), page);
  }

  /** Makes an event of a dead letter. @throws NotFoundError, StateConflictError, InvalidInputError, UnmappedPayloadError */
  async replay(organization: string | null, id: string): Promise<Dispatched> {
    const letter = await this.letters.get(this.organizations(organization), id);
    const route = this.routes.find((each) => keyOf(each) === keyOf(letter));
    if (!route) throw new StateConflictError(`The topic ${letter.topic} is not subscribed any more.`);
    return this.intake.replay(route, letter);
  }

  private get routes(): readonly SubscribedTopic[] {
    return this.settings.applied?.subscribe ?? [];
  }

  private organizations(organization: string | null): string[] {
    const all = new Set(this.routes.map((route) => route.organization));
    return organization === null ? [...all] : [organization];
  }

  private follow(): void {
    if (!this.isOn) return;
    const set = new Map(this.routes.map((route) => [keyOf(route), route]));
    for (const [key, subscribed] of this.known) {
      const route = set.get(key);
      // Another mapping counts from the next message on.
      if (route) subscribed.route = route;
      else this.leave(key, subscribed);
    }
    for (const [key, route] of set) if (!this.known.has(key)) this.join(key, route);
  }

  private join(key: string, route: SubscribedTopic): void {
    const transport = this.transports.of(route.transport);
    if (!transport) return;
    const { topic, organization } = route;
    const group = `${this.options.transportGroup}.${organization}.${topic}`;
    let before: Promise<void> = Promise.resolve();
    const reading = transport.subscribe({ topic, group }, async (messages) => {
      // No more is taken than can be worked on.
      await before;
      const { letters, dispatched } = await this.intake.take(subscribed.route, messages);
      before = dispatched;
      subscribed.letters += letters;
    });
    const subscribed: Subscribed = { route, reading, letters: 0 };
    this.known.set(key, subscribed);
  }

  private leave(key: string, { reading }: Subscribed): void {
    this.known.delete(key);
    void reading.stop();
  }
}

const keyOf = ({
  transport,
  topic,
  organization,
}: Pick<SubscribedTopic, 'transport' | 'topic' | 'organization'>): string => `${transport} ${topic} ${organization}`;
