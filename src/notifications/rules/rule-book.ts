import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { Rounds } from '../../clock/rounds.js';
import type { LifecycleMessage } from '../../domain/lifecycle-message.js';
import { NotificationStore, type RecordPlace } from '../ports/notification.store.js';
import { ruleOf, type Rule } from './rule.js';
import { mayWant } from './wishes.js';

/** How long another instance's change of a rule may go unnoticed here (ms). */
const POLL_MS = 1000;
/** Changes are looked for again from so long before the last one: clocks of instances differ (ms). */
const OVERLAP_MS = 5000;
/** After how long everything is read anew, lest a rule that is gone be kept (ms). */
const ANEW_MS = 300_000;
const PAGE = 500;
const START: RecordPlace = { at: -1, organization: '', id: '' };

type RulesOfAll = Map<string, Map<string, Rule>>;

/**
 * The rules of all organizations, in memory: whether anybody wants to be told is asked at each step of each run. Until they
 * are known, somebody may want anything.
 */
@Injectable()
export class RuleBook {
  private rules: RulesOfAll | null = null;
  private place = START;
  private readAt = 0;
  private readonly rounds: Rounds;
  private readonly logger = new Logger(RuleBook.name);

  constructor(
    private readonly store: NotificationStore,
    private readonly clock: Clock,
  ) {
    this.rounds = new Rounds(
      clock,
      () => POLL_MS,
      () => this.read(),
    );
  }

  /** Resolves once the rules are known, or cannot be read. */
  start(): Promise<void> {
    return this.rounds.start();
  }

  stop(): Promise<void> {
    return this.rounds.stop();
  }

  /** Whether no rule of any organization wants anything. */
  get isEmpty(): boolean {
    return this.rules?.size === 0;
  }

  /** Whether some rule may want this message. */
  wants(message: LifecycleMessage): boolean {
    if (this.rules === null) return true;
    return this.of(message.organization).some((rule) => mayWant(rule, message));
  }

  /** The rules of an organization as they are known here. */
  of(organization: string): Rule[] {
    return [...(this.rules?.get(organization)?.values() ?? [])];
  }

  note(rule: Rule): void {
    if (this.rules) put(this.rules, rule);
  }

  forget({ organization, id }: Pick<Rule, 'organization' | 'id'>): void {
    const own = this.rules?.get(organization);
    own?.delete(id);
    if (own?.size === 0) this.rules?.delete(organization);
  }

  /** One look for changes; never rejects. */
  async read(): Promise<void> {
    try {
      const isAnew = this.rules === null || this.clock.monotonic() - this.readAt >= ANEW_MS;
      await (isAnew ? this.readAll() : this.readChanges(this.rules!, this.place));
    } catch (error) {
      this.logger.warn(`The notification rules cannot be read: ${(error as Error).message}`);
    }
  }

  private async readAll(): Promise<void> {
    const rules: RulesOfAll = new Map();
    this.readAt = this.clock.monotonic();
    await this.readChanges(rules, START);
    this.rules = rules;
  }

  private async readChanges(rules: RulesOfAll, from: RecordPlace): Promise<void> {
    let last = from;
    for (;;) {
      const page = await this.store.behind('rule', last, PAGE);
      for (const record of page) put(rules, ruleOf(record));
      last = page.at(-1) ?? last;
      if (page.length < PAGE) break;
    }
    if (last !== from) this.place = { at: last.at - OVERLAP_MS, organization: '', id: '' };
  }
}

function put(rules: RulesOfAll, rule: Rule): void {
  const own = rules.get(rule.organization) ?? new Map<string, Rule>();
  const known = own.get(rule.id);
  if (known && known.version > rule.version) return;
  rules.set(rule.organization, own.set(rule.id, rule));
}
