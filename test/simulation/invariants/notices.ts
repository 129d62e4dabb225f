import { isFinished, type Run, type RunState } from '../../../src/domain/run.js';
import type { Alert } from '../../../src/notifications/alerts/alert.js';
import type { NotificationDelivery } from '../../../src/notifications/deliveries/delivery.js';
import { newDelivery } from '../../../src/notifications/deliveries/new-delivery.js';
import { keyOf } from '../../../src/testing/memory/memory-data.js';
import type { Rule } from '../../../src/notifications/rules/rule.js';
import type { Claim, ClaimResult } from '../../../src/domain/claim.js';
import type { Observer } from '../world/chronicle.js';
import { NOTICE_RULES } from '../world/receivers.js';
import type { Call } from '../world/store-path.js';
import type { World } from '../world/world.js';

/** What happened within this time before the end may yet be told (ms). */
const LATEST_MS = 4500;

/** The end of a run; `storedAt` is the true time at which it was stored. */
interface End {
  runId: string;
  taskId: string;
  state: RunState;
  finishedAt: number;
  storedAt: number;
}

/** An alert to a channel; `storedAt` is the true time since when it has stood in a delivery. */
interface Notice {
  rule: string;
  channel: string;
  alert: Alert;
  storedAt: number;
}

const contentOf = (channel: string, alerts: readonly Alert[]): string =>
  `${channel} ${alerts.map(({ id }) => id).join(' ')}`;
const hasFailed = ({ state }: End): boolean => state === 'failed' || state === 'timed_out';

/**
 * Notifications: each failure and each missed run is told once to each channel, whoever dies meanwhile; that a task keeps
 * failing is told, once until it succeeds; a recovery is told to whom the failure was told, and to nobody else; cancelled and
 * skipped runs count for nothing; a rule sends no more than it may, and groups what it should; and all of it arrives, however
 * long the receivers were away.
 */
export class Notices implements Observer {
  private readonly ends = new Map<string, End>();
  /** Each alert by channel, rule and what it is about. */
  private readonly notices = new Map<string, Notice>();
  private readonly deliveryOf = new Map<string, string>();
  /** What has arrived, by delivery. */
  private readonly arrived = new Map<string, string>();

  constructor(private readonly world: World) {
    world.onArrived = (channel, delivery) => this.gotBy(channel, delivery);
  }

  applied({ port, method, parts }: Call, result: unknown): void {
    if (port === 'runs' && method === 'update') for (const id of result as Set<string>) this.noteRun(id);
    if (port === 'runs' && method === 'insert') this.noteNew(parts[0] as Run[], result as Set<string>);
    if (port === 'runs' && method === 'open') this.noteClaims(parts[0] as Claim[], result as ClaimResult[]);
    if (port !== 'notificationDeliveries') return;
    if (method === 'insert') for (const each of parts[0] as NotificationDelivery[]) this.noteDelivery(each);
    if (method === 'replace' && result === true) this.noteDelivery(parts[0] as NotificationDelivery);
  }

  atTheEnd(): void {
    for (const delivery of this.world.data.notificationDeliveries.values()) this.judgeDelivery(delivery);
    for (const { alert, ...notice } of this.notices.values()) this.judgeCause(alert, notice);
    for (const rule of NOTICE_RULES) for (const channel of rule.channels) this.judgeRule(rule, channel);
  }

  private noteNew(runs: readonly Run[], known: ReadonlySet<string>): void {
    for (const { id } of runs) if (!known.has(id)) this.noteRun(id);
  }

  private noteClaims(claims: readonly Claim[], results: readonly ClaimResult[]): void {
    claims.forEach(({ run }, index) => run && results[index] !== 'stale' && this.noteRun(run.id));
  }

  private noteRun(runId: string): void {
    const { taskId, state, finishedAt } = this.world.data.runs.get(runId)!;
    if (!isFinished(state) || this.ends.has(runId)) return;
    this.ends.set(runId, { runId, taskId, state, finishedAt: finishedAt ?? 0, storedAt: this.world.timeline.now });
  }

  private noteDelivery({ organization, id }: NotificationDelivery): void {
    const { channel, rule, alerts } = this.world.data.notificationDeliveries.get(keyOf(organization, id))!;
    for (const alert of alerts) {
      const key = `${channel} ${rule} ${alert.kind} ${alert.runId ?? alert.id}`;
      const other = this.deliveryOf.get(key) ?? id;
      if (other !== id) this.violate(`${key} is told twice, by ${other} and ${id}`, alert);
      this.deliveryOf.set(key, other);
      if (!this.notices.has(key))
        this.notices.set(key, { rule: rule!, channel, alert, storedAt: this.world.timeline.now });
    }
  }

  /** What arrives again under the same id is the same. */
  private gotBy(channel: string, { id, alerts }: NotificationDelivery): void {
    const content = contentOf(channel, alerts);
    const before = this.arrived.get(id) ?? content;
    if (before !== content) this.violate(`the delivery ${id} arrives again with something else`, alerts[0]);
    this.arrived.set(id, content);
  }

  private judgeDelivery(delivery: NotificationDelivery): void {
    const { id, channel, status, alerts } = delivery;
    if (status === 'delivered' && this.arrived.get(id) !== contentOf(channel, alerts))
      this.violate(`the delivery ${id} did not arrive, or not all of it`, alerts[0]);
    if (status !== 'delivered' && !(status === 'pending' && this.goesOn(delivery)))
      this.violate(`the delivery ${id} was left ${status}`, alerts[0]);
  }

  /** Whether a delivery that is pending is tried again: about now, unless it has only gathered alerts so far. */
  private goesOn({ dueAt, takenBy, tries }: NotificationDelivery): boolean {
    if (dueAt === null) return false;
    const { timeline, clocksDifferBy } = this.world;
    const patienceMs = LATEST_MS + clocksDifferBy;
    const hasBegun = takenBy !== null || tries > 0;
    return dueAt >= timeline.now - patienceMs && (!hasBegun || dueAt <= timeline.now + patienceMs);
  }

  /** What is told has happened: cancelled and skipped runs neither fail nor succeed. */
  private judgeCause(alert: Alert, { rule, channel }: Pick<Notice, 'rule' | 'channel'>): void {
    const end = this.ends.get(alert.runId ?? '');
    if (!end) return;
    const isSo =
      alert.kind === 'recovery'
        ? end.state === 'succeeded'
        : alert.kind === 'missed'
          ? end.state === 'missed'
          : hasFailed(end);
    if (!isSo && alert.kind !== 'late')
      this.violate(`${channel} is told a ${alert.kind} of the run ${end.runId}, which is ${end.state}`, alert);
    if (alert.kind !== 'failing') return;
    const { failures } = NOTICE_RULES.find(({ id }) => id === rule)!;
    const before = this.endsOf(end.taskId).filter(hasFailed);
    if (before.length < failures)
      this.violate(`${channel} is told that the task is failing after ${before.length} failures`, alert);
  }

  private judgeRule(rule: Rule, channel: string): void {
    const own = [...this.notices.values()].filter((each) => each.rule === rule.id && each.channel === channel);
    this.judgeGate(rule, channel);
    for (const taskId of new Set([...this.ends.values()].map((end) => end.taskId))) {
      const told = own.filter(({ alert }) => alert.taskId === taskId);
      this.judgeEach(rule, channel, taskId, told);
      if (rule.on.includes('recovery')) this.judgeRecoveries(channel, taskId, told);
      if (rule.on.includes('failing')) this.judgeFailing(rule, channel, taskId, told);
    }
  }

  /** Messages keep their distance, and are not too many. */
  private judgeGate({ id, groupMs, maxPerHour }: Rule, channel: string): void {
    const all = this.deliveriesOf(id, channel)
      .filter((each) => !isStraggler(each))
      .sort((a, b) => a.at - b.at);
    // One more has what was too much.
    if (all.length > maxPerHour + 1) this.violate(`${channel} gets ${all.length} messages within an hour`, undefined);
    all.forEach((each, index) => {
      const before = all[index - 1];
      if (before && each.at - before.at < groupMs)
        this.violate(`${channel} gets ${before.id} and ${each.id} ${each.at - before.at} ms apart`, each.alerts[0]);
    });
  }

  /** Each failure and each missed run is told. */
  private judgeEach({ id, on }: Rule, channel: string, taskId: string, told: readonly Notice[]): void {
    // Of very many alerts, a message counts the last ones.
    const isCounted = this.deliveriesOf(id, channel).some(({ more }) => more > 0);
    if (isCounted) return;
    for (const end of this.endsOf(taskId)) {
      const kind = hasFailed(end) ? 'failure' : end.state === 'missed' ? 'missed' : null;
      if (kind === null || !on.includes(kind) || !this.isOld(end)) continue;
      if (!told.some(({ alert }) => alert.kind === kind && alert.runId === end.runId))
        this.violate(`${channel} was never told of the run ${end.runId}, which is ${end.state}`, {
          taskId,
          runId: end.runId,
        });
    }
  }

  private judgeRecoveries(channel: string, taskId: string, told: readonly Notice[]): void {
    const failures = told.filter(({ alert: { kind } }) => kind === 'failure' || kind === 'failing');
    const recoveries = told.filter(({ alert: { kind } }) => kind === 'recovery').sort((a, b) => this.timeOf(a) - this.timeOf(b)); // prettier-ignore
    recoveries.forEach((each, index) => {
      const since = index === 0 ? -Infinity : this.timeOf(recoveries[index - 1]!);
      const isAnnounced = failures.some(
        (failure) => this.timeOf(failure) > since && this.timeOf(failure) <= this.timeOf(each),
      );
      if (!isAnnounced) this.violate(`${channel} is told of a recovery from what it was not told`, each.alert);
    });
    const last = failures.toSorted((a, b) => this.timeOf(a) - this.timeOf(b)).at(-1);
    if (!last) return;
    const lastFailure = Math.max(
      ...this.endsOf(taskId)
        .filter(hasFailed)
        .map((end) => end.finishedAt),
    );
    const isOver = this.endsOf(taskId).some(
      (end) =>
        end.state === 'succeeded' && end.finishedAt > lastFailure && end.storedAt > last.storedAt && this.isOld(end),
    );
    if (isOver && !recoveries.some((each) => this.timeOf(each) > this.timeOf(last)))
      this.violate(`${channel} was never told of the recovery from ${last.alert.kind}`, last.alert);
  }

  private judgeFailing({ failures }: Rule, channel: string, taskId: string, told: readonly Notice[]): void {
    const ends = this.endsOf(taskId).sort((a, b) => a.finishedAt - b.finishedAt);
    const failing = told
      .filter(({ alert: { kind } }) => kind === 'failing')
      .sort((a, b) => this.timeOf(a) - this.timeOf(b));
    failing.slice(1).forEach((each, index) => {
      const [from, to] = [this.timeOf(failing[index]!), this.timeOf(each)];
      const isNew = ends.some(
        ({ state, finishedAt }) => state === 'succeeded' && finishedAt >= from && finishedAt < to,
      );
      if (!isNew)
        this.violate(`${channel} is told twice that the task is failing, without a success between`, each.alert);
    });
    const lastSuccess = Math.max(0, ...ends.filter(({ state }) => state === 'succeeded').map((end) => end.finishedAt));
    const row = ends.filter((end) => hasFailed(end) && end.finishedAt > lastSuccess && this.isOld(end));
    if (row.length < failures) return;
    const since = Math.max(
      0,
      ...told.filter(({ alert: { kind } }) => kind === 'recovery').map((each) => this.timeOf(each)),
    );
    if (!failing.some((each) => this.timeOf(each) > since))
      this.violate(`${channel} was never told that the task is failing`, { taskId, runId: row[0]!.runId });
  }

  /** When the run of the alert ended, by the clock of whoever stored that. */
  private timeOf({ alert: { runId, at } }: Notice): number {
    return this.ends.get(runId ?? '')?.finishedAt ?? at;
  }

  private deliveriesOf(rule: string, channel: string): NotificationDelivery[] {
    return [...this.world.data.notificationDeliveries.values()].filter(
      (each) => each.rule === rule && each.channel === channel,
    );
  }

  private endsOf(taskId: string): End[] {
    return [...this.ends.values()].filter((end) => end.taskId === taskId);
  }

  private isOld({ storedAt }: End): boolean {
    return storedAt < this.world.timeline.now - LATEST_MS;
  }

  private violate(what: string, about: Pick<Alert, 'taskId' | 'runId'> | undefined): void {
    this.world.chronicle.violate(
      'notices',
      what,
      ...[about?.taskId, about?.runId].filter((id) => typeof id === 'string'),
    );
  }
}

/** Whether the alert came after its message had gone, and so has one of its own. */
function isStraggler({ id, organization, channel, rule, alerts: [alert] }: NotificationDelivery): boolean {
  const place = { organization, channel, rule };
  return newDelivery(place, { name: alert!.id, at: alert!.at, dueAt: 0 }, []).id === id;
}
