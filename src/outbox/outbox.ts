import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import type { LifecycleMessage } from '../domain/lifecycle-message.js';
import type { Told, Telling } from '../domain/telling.js';
import { LockManager } from '../locking/lock-manager.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { Consumers } from './consumers.js';
import { OUTBOX_OPTIONS, type OutboxOptions } from './outbox-options.js';
import { OutboxLines } from './outbox-lines.js';
import { OutboxStore } from './outbox.store.js';
import type { OwnStream } from './own-stream.js';

/** About how many characters of messages are stored as one. */
const PART_CHARS = 262_144;

/** What is to be told if a change is made. */
export interface Draft extends Pick<Told, 'run' | 'task' | 'ledger'> {
  message: LifecycleMessage;
  /** The run or task that changes; how it is seen that it has, stands beside. */
  subject: string;
}

/** A draft as it is stored. */
interface Written {
  draft: Draft;
  body: string;
}

interface Part {
  telling: Telling;
  written: readonly Written[];
}

/**
 * Tells consumers of changes: what is told is stored with the change, goes to the consumers at once, and is found in the
 * store otherwise. Without consumers nothing is made or stored.
 */
@Injectable()
export class Outbox {
  constructor(
    private readonly store: OutboxStore,
    private readonly lines: OutboxLines,
    private readonly consumers: Consumers,
    private readonly locks: LockManager,
    private readonly clock: Clock,
    @Inject(ENGINE_SETTINGS) private readonly settings: Pick<EngineSettings, 'lockLifeMs'>,
    @Inject(OUTBOX_OPTIONS) private readonly options: Pick<OutboxOptions, 'doubtMs'>,
  ) {}

  /** Whether there is a consumer that wants anything. */
  get isOn(): boolean {
    return this.consumers.all.some(({ isIdle = false }) => !isIdle);
  }

  /** The largest output that a consumer wants, in bytes. */
  get outputBytes(): number {
    const awake = this.consumers.all.filter(({ isIdle = false }) => !isIdle);
    return Math.max(0, ...awake.map(({ outputBytes = 0 }) => outputBytes));
  }

  /** Makes changes by `write`, which stores what is told with them; `isMade` says of which the change was made. */
  async tell<Result>(
    drafts: readonly Draft[],
    write: (tellings?: readonly Telling[]) => Promise<Result>,
    isMade: (result: Result, subject: string) => boolean,
  ): Promise<Result> {
    const wanted = drafts.filter(({ message }) => this.lines.all.some((line) => line.wants(message)));
    if (wanted.length === 0) return write();
    const stream = this.lines.streamOf(this.locks.owner);
    const parts = this.parts(stream, wanted);
    for (const { telling } of parts) stream.begin(telling);
    let result: Result;
    try {
      result = await write(parts.map(({ telling }) => telling));
    } catch (error) {
      this.doubt(stream, parts);
      throw error;
    }
    for (const { telling, written } of parts) {
      const made = written.filter(({ draft }) => isMade(result, draft.subject));
      const messages = made.map(({ draft: { message }, body }) => ({ message, chars: body.length }));
      this.lines.tell(stream, telling, messages);
    }
    return result;
  }

  /** Tells what stands by itself; it is stored when this resolves. */
  async tellAlone(message: LifecycleMessage): Promise<void> {
    const write = (tellings: readonly Telling[] = []) =>
      this.store.append(
        tellings.map((telling) => ({
          ...telling,
          messages: telling.messages.map(({ body }) => ({ subject: null, body })),
        })),
      );
    await this.tell([{ message, subject: message.id }], write, () => true);
  }

  /** The change may have been made or not: that is seen in the store when nothing can become of it any more. */
  private doubt(stream: OwnStream, parts: readonly Part[]): void {
    this.lines.afterwards(this.settings.lockLifeMs + this.options.doubtMs, () => {
      for (const { telling } of parts) this.lines.tellLater(stream, telling);
    });
  }

  private parts(stream: OwnStream, drafts: readonly Draft[]): Part[] {
    const parts: Written[][] = [];
    let chars = Number.POSITIVE_INFINITY;
    for (const draft of drafts) {
      const body = JSON.stringify(draft.message);
      if ((chars += body.length) > PART_CHARS) {
        parts.push([]);
        chars = body.length;
      }
      parts.at(-1)!.push({ draft, body });
    }
    return parts.map((written) => ({ written, telling: this.tellingOf(stream, written) }));
  }

  private tellingOf(stream: OwnStream, written: readonly Written[]): Telling {
    const counts = this.lines.all.map((line) => {
      return [line.name, written.filter(({ draft }) => line.wants(draft.message)).length] as const;
    });
    return {
      stream: stream.name,
      sequence: stream.next(),
      at: this.clock.now(),
      consumers: Object.fromEntries(counts.filter(([, count]) => count > 0)),
      messages: written.map(({ draft: { message: _, ...draft }, body }) => ({ ...draft, body })),
    };
  }
}
