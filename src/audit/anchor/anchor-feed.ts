import { Logger } from '@nestjs/common';
import { boundedCache } from '../../domain/bounded-cache.js';
import type { Clock } from '../../clock/clock.js';
import { Rounds } from '../../clock/rounds.js';
import { messageOf } from '../../domain/thrown.js';
import type { AuditStore } from '../audit.store.js';
import type { CheckpointSigner } from '../checkpoint-signer.js';
import { noAnswer, type AnchorTarget } from './anchor-target.js';

const PAGE = 500;
/** Of so many trails it is known which head is kept already. */
const MOST_KNOWN = 100_000;
/** How long one delivery may take, and the last one of a stopping instance. */
const PUT_MS = 10_000;
const LAST_MS = 5000;
/** After a failure the next try comes so soon, then twice as late each time, up to the time between two rounds. */
const FIRST_RETRY_MS = 5000;

/** Keeps the heads of all trails at one place outside, again and again. Nothing waits for it, whatever becomes of the place. */
export class AnchorFeed {
  private readonly kept = boundedCache<string>(MOST_KNOWN);
  private readonly rounds: Rounds;
  private readonly ending = new AbortController();
  private readonly logger = new Logger('AuditAnchor');
  /** Failures since the last success. */
  private inARow = 0;
  /** How many rounds failed. */
  failures = 0;
  /** When everything was kept last (epoch ms); null when it never was. */
  keptAt: number | null = null;

  constructor(
    readonly target: AnchorTarget,
    private readonly store: Pick<AuditStore, 'heads'>,
    private readonly signer: CheckpointSigner,
    private readonly clock: Clock,
    everyMs: number,
  ) {
    const pauseMs = () =>
      this.inARow === 0 ? everyMs : Math.min(everyMs, FIRST_RETRY_MS * 2 ** Math.min(this.inARow - 1, 20));
    this.rounds = new Rounds(clock, pauseMs, () => this.round(this.ending.signal));
  }

  start(): void {
    void this.rounds.start();
  }

  /** Keeps the last heads, for which there are some seconds. */
  async stop(): Promise<void> {
    if (this.rounds.isStopped) return;
    const ending = this.rounds.stop();
    this.ending.abort(new Error('The instance is stopping.'));
    const last = new AbortController();
    const timer = this.clock.after(LAST_MS, () => last.abort(new Error('The time for it is over.')));
    const over = new Promise<void>((resolve) => last.signal.addEventListener('abort', () => resolve()));
    // A store or a place that does not answer must not hold up the shutdown.
    await Promise.race([ending.then(() => this.round(last.signal)), over]);
    timer.cancel();
  }

  private async round(signal: AbortSignal): Promise<void> {
    try {
      for (let after = ''; ;) {
        const page = await this.store.heads(after, PAGE);
        await this.keep(page, signal);
        if (page.length < PAGE) break;
        after = page.at(-1)!.organization;
      }
      this.succeeded();
    } catch (error) {
      if (!this.ending.signal.aborted || signal !== this.ending.signal) this.failed(error);
    }
  }

  private async keep(page: Awaited<ReturnType<AuditStore['heads']>>, signal: AbortSignal): Promise<void> {
    // What is not signed by an instance is for the proof to tell.
    const good = page.filter((head) => this.signer.fault(head) === null);
    const news = good.filter(({ organization, hash }) => this.kept.get(organization) !== hash);
    if (news.length === 0) return;
    const now = this.clock.now();
    const heads = news.map((head) => this.signer.anchor(head.organization, head, now));
    await this.clock.within(PUT_MS, noAnswer, (patience) =>
      this.target.put(heads, AbortSignal.any([signal, patience])),
    );
    for (const { organization, hash } of news) this.kept.set(organization, hash);
  }

  private succeeded(): void {
    if (this.inARow > 0) this.logger.log(`The heads of audit trails are kept at ${this.target.name} again.`);
    this.inARow = 0;
    this.keptAt = this.clock.now();
  }

  private failed(error: unknown): void {
    this.failures++;
    if (++this.inARow > 1) return;
    this.logger.warn(`The heads of audit trails cannot be kept at ${this.target.name}: ${messageOf(error)}`);
  }
}
