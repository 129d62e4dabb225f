import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { askedByMany } from '../batching/asker.js';
import { Clock } from '../clock/clock.js';
import { Rounds } from '../clock/rounds.js';
import { LogLine } from '../operator-log/log-line.js';
import { TaskReads } from '../scheduling/ports/task.reads.js';
import { KeyRing } from '../secrets/key-ring.js';
import { keyIdOf } from '../secrets/sealed-text.js';

const LOOK_MS = 60_000;
/** How many of the tasks that come due next are looked at, and of how many keys it is told that they are not there. */
const MOST_TASKS = 100;
const MOST_TOLD = 10;

/**
 * Looks regularly whether the key ring has the keys that the secrets of the next tasks are sealed with: an instance that was
 * started with other keys than the rest would fail their runs.
 */
@Injectable()
export class KeyWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('TaskRunner');
  private readonly rounds: Rounds;
  /** The ids of the keys that the ring lacks. */
  lacking: readonly string[] = [];

  constructor(
    private readonly tasks: TaskReads,
    private readonly ring: KeyRing,
    clock: Clock,
  ) {
    this.rounds = new Rounds(
      clock,
      () => LOOK_MS,
      () => this.look(),
    );
  }

  onApplicationBootstrap(): void {
    void this.rounds.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.rounds.stop();
  }

  /** Never rejects: while the store cannot be asked, what is known stays. */
  private async look(): Promise<void> {
    const range = { from: 0, before: Number.MAX_SAFE_INTEGER, limit: MOST_TASKS };
    const tasks = await askedByMany(() => this.tasks.dueBetween(range)).catch(() => null);
    if (!tasks) return;
    const used = new Set(tasks.flatMap(({ secrets }) => Object.values(secrets).map(keyIdOf)));
    // What is no sealed text names no key.
    used.delete('');
    const lacking = [...used].filter((id) => this.ring.get(id) === undefined).slice(0, MOST_TOLD);
    if (lacking.toSorted().join() === this.lacking.toSorted().join()) return;
    this.lacking = lacking;
    this.tell();
  }

  private tell(): void {
    const keys = this.lacking.join(', ');
    if (keys === '') {
      this.logger.log(new LogLine('The secrets of tasks can be opened again.', { event: 'keys.complete' }));
      return;
    }
    const sentence = `Secrets of tasks are sealed with keys that ENCRYPTION_KEYS lacks: ${keys}. This instance is not ready.`;
    this.logger.error(new LogLine(sentence, { event: 'keys.lacking', keys }));
  }
}
