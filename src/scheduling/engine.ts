import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { ExecutionLogManager } from '../execution-log/execution-log-manager.js';
import { LockManager } from '../locking/lock-manager.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { CatchUp } from './catch-up.js';
import { Dispatcher } from './dispatcher.js';
import { EngineState } from './engine-state.js';
import { ExecutionOrchestrator } from './execution-orchestrator.js';
import { FailureWatch } from './failure-watch.js';
import { Recovery } from './recovery.js';
import { Neighbours } from './neighbours.js';
import { RunWriter } from './run-writer.js';
import { Standby } from './standby.js';
import { StartLimit } from './start-limit.js';

/** Starts and stops everything that works on tasks, in the order in which they need each other. */
@Injectable()
export class Engine implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Engine.name);
  private running = false;

  constructor(
    private readonly locks: LockManager,
    private readonly dispatcher: Dispatcher,
    private readonly orchestrator: ExecutionOrchestrator,
    private readonly recovery: Recovery,
    private readonly catchUp: CatchUp,
    private readonly standby: Standby,
    private readonly writer: RunWriter,
    private readonly logs: ExecutionLogManager,
    private readonly failures: FailureWatch,
    private readonly neighbours: Neighbours,
    private readonly limit: StartLimit,
    private readonly clock: Clock,
    private readonly state: EngineState,
    @Inject(ENGINE_SETTINGS) private readonly settings: EngineSettings,
  ) {
    locks.onRegained(() => this.dispatcher.start());
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.locks.start();
    this.running = true;
    this.state.set(true);
    this.limit.begin();
    // First, so that only what is this instance's own is loaded.
    await this.neighbours.look();
    this.dispatcher.start();
    await this.recovery.start();
    await this.catchUp.start();
    await this.standby.start();
    this.logger.log(`Instance ${this.locks.owner} is working.`);
  }

  async beforeApplicationShutdown(): Promise<void> {
    if (!this.running) return;
    this.running = false;
    this.state.set(false);
    // In an outage of the store nothing can be given back; others take it over once the lock has expired.
    const deadline = this.clock.after(this.settings.shutdownGraceMs, () => this.giveUpWriting());
    await Promise.all([this.recovery.stop(), this.catchUp.stop(), this.standby.stop()]);
    await this.dispatcher.stop();
    await this.orchestrator.stop(this.settings.shutdownGraceMs);
    await Promise.all(this.dispatcher.takeAttempts().map((run) => this.orchestrator.giveBack(run)));
    await this.failures.settled();
    this.giveUpWriting();
    await this.writer.settled();
    deadline.cancel();
    await this.locks.stop();
  }

  private giveUpWriting(): void {
    this.writer.stop();
    this.logs.stop();
    this.failures.stop();
  }
}
