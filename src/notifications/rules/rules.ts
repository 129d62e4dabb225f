import { Injectable } from '@nestjs/common';
import { currentActor } from '../../audit/actor.js';
import { AuditRecorder } from '../../audit/audit-recorder.js';
import { differences } from '../../audit/differences.js';
import { ChangeLines } from '../../clock/change-lines.js';
import { Clock } from '../../clock/clock.js';
import { NotFoundError, StateConflictError } from '../../domain/errors.js';
import { checked } from '../../domain/faults.js';
import { newId } from '../../domain/ids.js';
import type { JsonObject } from '../../domain/json.js';
import type { Page } from '../../domain/listing.js';
import { mergePatch } from '../../domain/merge-patch.js';
import { demandVersion, type VersionCondition } from '../../domain/version-condition.js';
import { Channels } from '../channels/channels.js';
import { NewRecords } from '../new-records.js';
import { NotificationReads, NotificationStore } from '../ports/notification.store.js';
import { RuleBook } from './rule-book.js';
import { ruleOf, ruleRecord, type Rule } from './rule.js';
import { demandSoundRule, ruleSchema, type RuleInput } from './rule-definition.js';

/** How many rules an organization may have: each of its messages is held against all of them. */
export const MOST_RULES = 50;
const ALLOWANCE = { most: MOST_RULES, one: 'notification rule', many: 'notification rules' };

/** Creates, shows, changes and removes rules. */
@Injectable()
export class Rules {
  private readonly lines: ChangeLines;

  constructor(
    private readonly store: NotificationStore,
    private readonly reads: NotificationReads,
    private readonly channels: Channels,
    private readonly book: RuleBook,
    private readonly fresh: NewRecords,
    private readonly audit: AuditRecorder,
    private readonly clock: Clock,
  ) {
    this.lines = new ChangeLines(clock);
  }

  /** @throws InvalidInputError, QuotaExceededError */
  async create(organization: string, input: unknown, id?: string): Promise<Rule> {
    const members = await this.sound(organization, input);
    const now = this.clock.now();
    const rule: Rule = {
      ...{ id: id ?? newId(now), organization, version: 1, ...members },
      ...{ createdBy: currentActor().id, createdAt: now, updatedAt: now },
    };
    await this.fresh.insert(ruleRecord(rule), ALLOWANCE);
    this.book.note(rule);
    await this.record(rule, 'created', { after: viewOf(rule) });
    return rule;
  }

  private async sound(organization: string, input: unknown): Promise<RuleInput> {
    const members = checked(ruleSchema, input);
    demandSoundRule(members, await this.channels.faultsIn(organization, members.channels));
    return members;
  }

  async list(organization: string, page: Page): Promise<Rule[]> {
    return (await this.reads.list('rule', organization, page)).map(ruleOf);
  }

  /** @throws NotFoundError */
  async get(organization: string, id: string): Promise<Rule> {
    const [record] = await this.store.find('rule', organization, [id]);
    if (!record) throw new NotFoundError('notification rule', id);
    return ruleOf(record);
  }

  /** Applies a merge patch. @throws InvalidInputError, NotFoundError, VersionMismatchError, StateConflictError */
  async change(organization: string, id: string, patch: unknown, condition?: VersionCondition): Promise<Rule> {
    const { before, after } = await this.lines.change(id, 'The notification rule', async () => {
      const read = await this.get(organization, id);
      if (read.unreadable !== undefined)
        throw new StateConflictError(`The rule cannot be changed: ${read.unreadable}.`);
      const merged = await this.sound(organization, mergePatch(inputOf(read), patch));
      // A condition counts only if the change could otherwise be made (RFC 9110, section 13.2.1).
      if (condition) demandVersion(id, String(read.version), condition);
      const changed = { ...read, ...merged, version: read.version + 1, updatedAt: this.clock.now() };
      return (await this.store.replace(ruleRecord(changed), read.version))
        ? { before: read, after: changed }
        : undefined;
    });
    this.book.note(after);
    await this.record(after, 'changed', differences(viewOf(before), viewOf(after)));
    return after;
  }

  /** @throws NotFoundError, VersionMismatchError */
  async remove(organization: string, id: string, condition?: VersionCondition): Promise<void> {
    const rule = await this.get(organization, id);
    if (condition) demandVersion(id, String(rule.version), condition);
    if (!(await this.store.remove('rule', organization, id))) throw new NotFoundError('notification rule', id);
    await this.store.remove('gate', organization, id);
    this.book.forget(rule);
    await this.record(rule, 'removed', { before: viewOf(rule) });
  }

  private async record(
    { organization, id }: Rule,
    what: string,
    members: { before?: JsonObject; after?: JsonObject },
  ): Promise<void> {
    const object = { type: 'notification-rule' as const, id };
    await this.audit.record({ organization, action: `notification-rule.${what}`, object, ...members });
  }
}

/** The members of a rule as somebody would write them. */
export const inputOf = ({
  name,
  enabled,
  on,
  channels,
  tasks,
  tags,
  failures,
  repeatMs,
  lateMs,
  groupMs,
  maxPerHour,
}: Rule): RuleInput & JsonObject => ({
  // prettier-ignore
  ...{ name, enabled, on, channels, tasks, tags, failures, repeatMs, lateMs, groupMs, maxPerHour },
});

const viewOf = (rule: Rule): JsonObject => JSON.parse(JSON.stringify(inputOf(rule))) as JsonObject;
