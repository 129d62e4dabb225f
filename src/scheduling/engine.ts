import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { ExecutionLogManager } from '../execution-log/execution-log-manager.js';
import { LockManager } from '../locking/lock-manager.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { CatchUp } from './recovery/catch-up.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import { EngineState } from './holding/engine-state.js';
import { ExecutionOrchestrator } from './execution/execution-orchestrator.js';
import { CompletionWatch } from './dispatch/completion-watch.js';
import { ClockReturn } from './tasks/clock-return.js';
import { FailureWatch } from './tasks/failure-watch.js';
import { Recovery } from './recovery/recovery.js';
import { ChainedOrganizations } from '../events/chains/chained-organizations.js';
import { OutboxService } from '../outbox/outbox.service.js';
import { WindowWatch } from '../events/windows/window-watch.js';
import { Neighbours } from '../cluster/neighbours.js';
import { QueuePauses } from '../organizations/queue-pauses.js';
import { RunWriter } from './holding/run-writer.js';
import { OccurrenceTakeover } from './recovery/occurrence-takeover.js';
import { StartLimit } from './holding/start-limit.js';

/** Starts and stops everything that works on tasks, in the order in which they need each other. */
@Injectable()
export class Engine {
  private running = false;
  private starting: Promise<void> | null = null;

  constructor(
    private readonly locks: LockManager,
    private readonly dispatcher: Dispatcher,
    private readonly orchestrator: ExecutionOrchestrator,
    private readonly recovery: Recovery,
    private readonly catchUp: CatchUp,
    private readonly occurrenceTakeover: OccurrenceTakeover,
    private readonly writer: RunWriter,
    private readonly logs: ExecutionLogManager,
    private readonly failures: FailureWatch,
    private readonly completions: CompletionWatch,
    private readonly clockReturn: ClockReturn,
    private readonly neighbours: Neighbours,
    private readonly limit: StartLimit,
    private readonly clock: Clock,
    private readonly state: EngineState,
    private readonly pauses: QueuePauses,
    private readonly outgoing: OutboxService,
    private readonly windows: WindowWatch,
    private readonly chains: ChainedOrganizations,
    @Inject(ENGINE_SETTINGS) private readonly settings: EngineSettings,
  ) {
    locks.onRegained(() => this.dispatcher.start());
  }

  /** Starts the engine, once; for those whose hooks come first and who need it at work. @throws StoreUnavailableError */
  start(): Promise<void> {
    return (this.starting ??= this.begin());
  }

  private async begin(): Promise<void> {
    await this.locks.start();
    this.running = true;
    this.state.set(true);
    this.limit.begin();
    // First, so that only this instance's own tasks are loaded.
    await Promise.all([this.neighbours.look(), this.pauses.look(), this.chains.start()]);
    this.dispatcher.start();
    await this.recovery.start();
    await this.catchUp.start();
    await this.occurrenceTakeover.start();
    this.outgoing.start();
    await this.windows.start();
    await this.clockReturn.start();
  }

  async stop(): Promise<void> {
    if (!this.running) return;
    this.running = false;
    this.state.set(false);
    // During an outage of the store nothing can be given back; others take it over once the lock has expired.
    const deadline = this.clock.after(this.settings.shutdownGraceMs, () => this.giveUpWriting());
    await Promise.all([this.recovery.stop(), this.catchUp.stop(), this.occurrenceTakeover.stop(), this.windows.stop()]);
    await this.clockReturn.stop();
    await this.dispatcher.stop();
    await this.orchestrator.stop(this.settings.shutdownGraceMs);
    await this.failures.settled();
    await this.completions.stop();
    this.giveUpWriting();
    await this.writer.settled();
    deadline.cancel();
    // While the lock keeps others from it.
    await this.outgoing.stop();
    await this.chains.stop();
    await this.locks.stop();
  }

  private giveUpWriting(): void {
    this.writer.stop();
    this.logs.stop();
    this.failures.stop();
  }
}
