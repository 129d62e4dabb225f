import type { Clock, Timer } from '../clock/clock.js';
import { messageOf } from '../domain/thrown.js';

/** How long an answer may take (ms): after that, the part counts as away. */
export const PATIENCE_MS = 1000;
/** A timer that rings later than this (ms) says that the process was held up, and nothing about the part. */
const HELD_UP_MS = 200;
/** So many answers in a row say that the part is back. */
const ANSWERS = 2;
/** So many questions wait for an answer at most. */
const MOST_ASKED = 3;
const LONGEST_REASON = 300;

/** What has become of a part. */
export type PartNews =
  { change: 'away'; reason: string; lastedMs: 0 } | { change: 'back'; reason: ''; lastedMs: number };

/** Knows from regular questions whether a part, such as the store, can be used: nobody who asks waits for it. */
export class WatchedPart {
  private reason: string | null = null;
  private since = 0;
  private asked = 0;
  private answers = 0;

  constructor(
    private readonly clock: Clock,
    private readonly ping: () => Promise<void>,
    private readonly tell: (news: PartNews) => void,
  ) {}

  /** Why the part cannot be used; null when it can. */
  get awayBecause(): string | null {
    return this.reason;
  }

  /** Asks the part, and waits for nothing. */
  look(): void {
    if (this.asked >= MOST_ASKED) return;
    this.asked++;
    const patience = this.beginPatience();
    const end = () => {
      this.asked--;
      patience.cancel();
    };
    this.ping().then(
      () => {
        end();
        this.succeed();
      },
      (error: unknown) => {
        end();
        this.fail(messageOf(error, LONGEST_REASON));
      },
    );
  }

  private beginPatience(): Timer {
    let timer: Timer;
    const wait = (): void => {
      const dueAt = this.clock.monotonic() + PATIENCE_MS;
      timer = this.clock.after(PATIENCE_MS, () => {
        // The answer may be there already, unread.
        if (this.clock.monotonic() - dueAt > HELD_UP_MS) wait();
        else this.fail(`it has not answered for ${PATIENCE_MS} ms`);
      });
    };
    wait();
    return { cancel: () => timer.cancel() };
  }

  private fail(reason: string): void {
    this.answers = 0;
    if (this.reason !== null) return;
    this.reason = reason;
    this.since = this.clock.monotonic();
    this.tell({ change: 'away', reason, lastedMs: 0 });
  }

  private succeed(): void {
    if (this.reason === null || ++this.answers < ANSWERS) return;
    this.reason = null;
    this.tell({ change: 'back', reason: '', lastedMs: Math.round(this.clock.monotonic() - this.since) });
  }
}
