import { Injectable, type OnModuleInit } from '@nestjs/common';
import { FreshReads } from '../../batching/fresh-reads.js';
import { Clock } from '../../clock/clock.js';
import { groupsBy } from '../../domain/groups.js';
import type { JsonObject } from '../../domain/json.js';
import type { LifecycleMessage, Step } from '../../domain/lifecycle-message.js';
import type { Consumer } from '../../outbox/consumer.js';
import { Consumers } from '../../outbox/consumers.js';
import { NotificationStore } from '../ports/notification.store.js';
import { RuleBook } from '../rules/rule-book.js';
import { MOST_RULES } from '../rules/rules.js';
import { ruleOf, type Rule } from '../rules/rule.js';
import { mayWant, STEPS_OF_RULES } from '../rules/wishes.js';
import { AlertPublisher } from './publisher.js';
import { alertsAlone, NOTHING_SEEN, observed, type Watch, type Watched } from './watch.js';

/** How old the rules of an organization may be when its messages are held against them (ms). */
const FRESH_MS = 1000;
const TRIES = 50;

/** What is told by itself, without regard to what was told before. */
const ALONE: ReadonlySet<Step> = new Set(['run.started', 'run.missed', 'task.changed', 'task.missed']);

const isWatched = ({ type }: LifecycleMessage): boolean => !ALONE.has(type);

/**
 * Holds the steps of runs and tasks against the rules of their organizations. What a rule has seen of a task is changed
 * in one write together with what has to be told of it; a message that comes again changes nothing and tells nothing twice.
 */
@Injectable()
export class AlertConsumer implements OnModuleInit, Consumer {
  readonly name = 'alerts';
  readonly steps = STEPS_OF_RULES;
  readonly batch = { items: 50, bytes: 1_048_576 };
  private readonly rules: FreshReads<Rule[]>;

  constructor(
    private readonly consumers: Consumers,
    private readonly book: RuleBook,
    private readonly store: NotificationStore,
    private readonly publisher: AlertPublisher,
    private readonly clock: Clock,
  ) {
    this.rules = new FreshReads(clock, FRESH_MS, async (organization) =>
      (await store.list('rule', organization, { limit: MOST_RULES })).map(ruleOf),
    );
  }

  onModuleInit(): void {
    this.consumers.add(this);
  }

  get isIdle(): boolean {
    return this.book.isEmpty;
  }

  wants(message: LifecycleMessage): boolean {
    return this.book.wants(message);
  }

  async deliver(messages: readonly LifecycleMessage[]): Promise<void> {
    const groups = groupsBy(messages, ({ organization }) => organization);
    await Promise.all([...groups].map(([organization, own]) => this.deliverOwn(organization, own)));
  }

  private async deliverOwn(organization: string, messages: readonly LifecycleMessage[]): Promise<void> {
    const rules = await this.rules.get(organization);
    for (const message of messages)
      for (const rule of rules) if (mayWant(rule, message)) await this.hold(rule, message);
  }

  private async hold(rule: Rule, message: LifecycleMessage): Promise<void> {
    if (isWatched(message)) return this.watch(rule, message as Watched);
    for (const alert of alertsAlone(rule, message))
      await this.publisher.publish(rule, { alert, channels: rule.channels });
  }

  private async watch(rule: Rule, message: Watched): Promise<void> {
    const { organization, taskId } = message;
    const id = `${rule.id}/${taskId}`;
    for (let tries = 0; tries < TRIES; tries++) {
      const [record] = await this.store.find('watch', organization, [id]);
      const before = { ...NOTHING_SEEN, ...(record?.body as Partial<Watch> | undefined) };
      // What the change before wants to be told, in case whoever made it has died.
      await this.tell(rule, before);
      const after = observed(before, rule, message);
      const isNews = after !== before;
      if (!isNews && before.tell.length === 0) return;
      const version = await this.write({ organization, id }, record?.version ?? 0, isNews ? after : told(before));
      if (version === null) continue;
      if (!isNews || after.tell.length === 0) return;
      await this.tell(rule, after);
      // It must not be told again with the next change, when nobody may know any more where it went. Where somebody
      // else comes first, that one has done so.
      await this.write({ organization, id }, version, told(after));
      return;
    }
    throw new Error(`Too many others watch the task ${taskId}.`);
  }

  private async tell(rule: Rule, { tell }: Watch): Promise<void> {
    for (const telling of tell) await this.publisher.publish(rule, telling);
  }

  /** Writes the watch if its version is still `version`, 0 for none; resolves to its next one, or null if it is not. */
  private async write(
    { organization, id }: { organization: string; id: string },
    version: number,
    watch: Watch,
  ): Promise<number | null> {
    const body = watch as unknown as JsonObject;
    const next = { kind: 'watch' as const, organization, id, version: version + 1, at: this.clock.now(), body };
    const isWritten = await (version > 0 ? this.store.replace(next, version) : this.store.insert(next));
    return isWritten ? next.version : null;
  }
}

const told = (watch: Watch): Watch => ({ ...watch, tell: [] });
