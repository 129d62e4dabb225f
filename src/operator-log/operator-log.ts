import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { currentActor } from '../audit/actor.js';
import { packageVersion } from '../cluster/package-version.js';
import { Clock } from '../clock/clock.js';
import { toIso } from '../domain/instants.js';
import { hasFailed } from '../domain/run.js';
import { Housekeeping, type Swept } from '../housekeeping/housekeeping.js';
import { LifecycleEvents, type LifecycleEventMap } from '../lifecycle/lifecycle-events.js';
import { LockManager } from '../locking/lock-manager.js';
import { InstallationSettingsService } from '../organizations/installation-settings.service.js';
import { SettingsService } from '../organizations/settings.service.js';
import { LineRates } from './line-rates.js';
import { LogLine, type LineFields } from './log-line.js';
import { failedLine, leftOutLine, missedLine, overdueLine, pausedLine } from './run-lines.js';
import { counted } from '../domain/counted.js';
import { traceIdOf } from '../domain/trace-context.js';
import { Tracing } from '../tracing/tracing.js';

type Level = 'log' | 'warn' | 'error';

/**
 * Writes the lines of the log that an operator asks for, by listening to those who know. A line is made only if it is
 * written: of each kind ten a second, and then one with the number of the others.
 */
@Injectable()
export class OperatorLog implements OnApplicationShutdown {
  private readonly logger = new Logger('TaskRunner');
  private readonly version = packageVersion();
  private readonly rates: LineRates;
  /** Since when the lock is lost (monotonic ms). */
  private lostAt = 0;

  constructor(
    private readonly events: LifecycleEvents,
    private readonly locks: LockManager,
    installation: InstallationSettingsService,
    settings: SettingsService,
    housekeeping: Housekeeping,
    private readonly clock: Clock,
    private readonly tracing: Tracing,
  ) {
    this.rates = new LineRates(clock, (event, count) => this.write('warn', restLine(event, count)));
    this.listenToRuns();
    this.listenToTasks();
    this.listenToInstance();
    installation.onApplied(() => this.tell('log', 'settings.changed', () => this.installationLine(installation)));
    settings.onChanged((organization) => this.tellSettings(organization));
    housekeeping.onSwept((swept) => this.tell('log', 'housekeeping.done', () => sweptLine(swept)));
  }

  onApplicationShutdown(): void {
    this.rates.end();
  }

  private listenToRuns(): void {
    this.events.on('run.finished', ({ run, task }) => {
      if (hasFailed(run)) this.tell('warn', 'run.failed', () => failedLine(run, task));
      else if (run.state === 'missed') this.tell('warn', 'run.missed', () => missedLine(run, task));
    });
    this.events.on('occurrences.left-out', ({ task, entries }) => {
      for (const entry of entries) {
        if (entry.outcome === 'skipped') continue;
        this.tell('warn', `occurrences.${entry.outcome}`, () => leftOutLine(task, entry));
      }
    });
    this.events.on('runs.taken-over', (taken) => this.tell('warn', 'runs.taken-over', () => takenLine(taken)));
  }

  private listenToTasks(): void {
    this.events.on('task.changed', ({ task, cause }) => {
      if (cause === 'failures') this.tell('warn', 'task.paused', () => pausedLine(task));
    });
    this.events.on('task.overdue', (news) =>
      this.tell(news.change === 'overdue' ? 'warn' : 'log', `task.${news.change}`, () => overdueLine(news)),
    );
  }

  private listenToInstance(): void {
    this.events.on('instance.changed', ({ change, sentence }) =>
      this.tell('log', `instance.${change}`, () => new LogLine(sentence, { event: `instance.${change}` })),
    );
    this.events.on('backlog.changed', (news) =>
      this.tell(news.change === 'began' ? 'warn' : 'log', `backlog.${news.change}`, () => backlogLine(news)),
    );
    this.events.on('store.changed', (news) =>
      this.tell(news.change === 'away' ? 'error' : 'log', `${news.part}.${news.change}`, () => storeLine(news)),
    );
    this.events.on('disk.changed', (news) =>
      this.tell(news.change === 'low' ? 'warn' : 'log', `disk.${news.change}`, () => diskLine(news)),
    );
    this.events.on('clock.stepped', (step) =>
      this.tell('warn', 'clock.stepped', () => steppedLine(step, this.clock.now())),
    );
    this.locks.onLost((former) => {
      this.lostAt = this.clock.monotonic();
      this.tell('error', 'lock.lost', () => lostLine(former));
    });
    this.locks.onRegained(() =>
      this.tell('log', 'lock.regained', () => regainedLine(this.locks.owner, this.clock.monotonic() - this.lostAt)),
    );
  }

  private tellSettings(organization: string): Promise<void> {
    const fields = { event: 'settings.changed', organization, ...this.requestNow() };
    this.tell('log', 'settings.changed', () => new LogLine(`The settings of ${organization} were changed.`, fields));
    return Promise.resolve();
  }

  private installationLine({ appliedVersion }: InstallationSettingsService): LogLine {
    const sentence = `The settings of the installation are those of version ${appliedVersion}.`;
    return new LogLine(sentence, { event: 'settings.changed', settingsVersion: appliedVersion, ...this.requestNow() });
  }

  /** The request during which something happens, if it is one, and its trace. */
  private requestNow(): Pick<LineFields, 'request' | 'trace'> {
    const { requestId } = currentActor();
    if (requestId === null) return {};
    const trace = this.tracing.current();
    return { request: requestId, ...(trace && { trace: traceIdOf(trace) }) };
  }

  /** Writes a line unless there were enough of this kind in this second. */
  private tell(level: Level, event: string, make: () => LogLine): void {
    if (this.rates.admits(event)) this.write(level, make());
  }

  private write(level: Level, { message, fields }: LogLine): void {
    const { version } = this;
    this.logger[level](new LogLine(message, { instance: this.locks.owner, version, ...fields }));
  }
}

const restLine = (event: string, count: number): LogLine =>
  new LogLine(`${count} more lines of ${event} in one second are left out.`, { event, count, leftOut: true });

const takenLine = ({ from, runs, begun }: LifecycleEventMap['runs.taken-over']): LogLine =>
  new LogLine(
    `Took over ${counted(runs, 'run')} of instance ${from}, whose lock has expired; ${begun} of them had begun.`,
    { event: 'runs.taken-over', from, runs, begun },
  );

function storeLine({ change, part, place, reason, lastedMs }: LifecycleEventMap['store.changed']): LogLine {
  const fields = { event: `${part}.${change}`, store: place };
  const what = part === 'store' ? 'The store' : 'The store of the locks';
  if (change === 'back')
    return new LogLine(`${what}, ${place}, is back after ${lastedMs} ms.`, { ...fields, ms: lastedMs });
  return new LogLine(`${what}, ${place}, is away: ${reason}`, { ...fields, reason });
}

function diskLine({ change, freeBytes }: LifecycleEventMap['disk.changed']): LogLine {
  const free = `${Math.round(freeBytes / 1024 / 1024)} MiB`;
  const sentence =
    change === 'low'
      ? `The disk of the store is nearly full: ${free} are free.`
      : `The disk of the store has ${free} free.`;
  return new LogLine(sentence, { event: `disk.${change}`, freeBytes });
}

function steppedLine({ byMs, unseen = false }: LifecycleEventMap['clock.stepped'], now: number): LogLine {
  const fields = { event: 'clock.stepped', byMs };
  if (byMs > 0) return new LogLine(`The clock of this machine was set forward by ${byMs} ms.`, fields);
  const until = toIso(now - byMs);
  const what = unseen
    ? `The clock of this machine shows ${-byMs} ms less than the store has recorded: it was set back before this instance started, unless that of another machine is ahead.`
    : `The clock of this machine was set back by ${-byMs} ms.`;
  return new LogLine(
    `${what} What has already started is not started again: until ${until}, only what had not run starts, and intervals go on.`,
    { ...fields, until },
  );
}

const lostLine = (instance: string): LogLine =>
  new LogLine(`The lock of instance ${instance} is lost; its attempts are aborted.`, { event: 'lock.lost', instance });

const regainedLine = (instance: string, ms: number): LogLine =>
  new LogLine(`Working again as instance ${instance}, ${Math.round(ms)} ms after the lock was lost.`, {
    ...{ event: 'lock.regained', instance },
    ms: Math.round(ms),
  });

function backlogLine({ change, waiting, lastedMs, refusal }: LifecycleEventMap['backlog.changed']): LogLine {
  const fields = { event: `backlog.${change}`, waiting, ...(change === 'ended' && { ms: lastedMs }) };
  if (change === 'ended')
    return new LogLine(`The backlog is over after ${lastedMs} ms; up to ${waiting} waited.`, fields);
  return new LogLine(`A backlog begins: ${waiting} due runs wait for a slot (${refusal}).`, { ...fields, refusal });
}

function sweptLine({ removed, ms }: Swept): LogLine {
  const parts = [...removed].map(([what, count]) => `${count} ${what}`);
  const total = [...removed.values()].reduce((sum, count) => sum + count, 0);
  const fields = { event: 'housekeeping.done', removed: total, ms: Math.round(ms) };
  return new LogLine(`Housekeeping removed ${parts.join(', ')} in ${Math.round(ms)} ms.`, fields);
}
