import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { messageOf } from '../../domain/thrown.js';
import { RUNNER_OPTIONS, type ResolvedOptions } from '../../options.js';
import { AuditStore } from '../audit.store.js';
import type { Witness } from '../chain-check.js';
import { CheckpointSigner } from '../checkpoint-signer.js';
import { AnchorFeed } from './anchor-feed.js';
import { ANCHOR_TARGETS, noAnswer, type AnchorTarget } from './anchor-target.js';
import { readHead } from './anchored-head.js';

/** How long a place is waited for that is to tell what it keeps. */
const READ_MS = 5000;

/** What was learnt from one place outside of the store. */
export interface AnchorReading {
  source: 'file' | 'url' | 'request';
  /** How many heads of the trail it has. */
  heads: number;
  /** How many of those are not used: they are of no instance, or under a key that is gone. */
  ignored: number;
  /** Why there is nothing to be learnt. */
  fault?: string;
}

/** The readings of all places, and the entries that they name. */
export interface Anchors {
  readings: AnchorReading[];
  witnesses: Witness[];
}

/**
 * Keeps the heads of audit trails outside of the store, and asks there for them: whoever puts an older state of the store back,
 * or another trail in its place, does not reach those.
 */
@Injectable()
export class AuditAnchor implements OnApplicationShutdown {
  /** One for each place. */
  readonly feeds: readonly AnchorFeed[];

  constructor(
    @Inject(ANCHOR_TARGETS) targets: readonly AnchorTarget[],
    @Inject(RUNNER_OPTIONS) { audit }: Pick<ResolvedOptions, 'audit'>,
    store: AuditStore,
    private readonly signer: CheckpointSigner,
    private readonly clock: Clock,
  ) {
    this.feeds = targets.map((target) => new AnchorFeed(target, store, signer, clock, audit.anchorEveryMs));
  }

  start(): void {
    for (const feed of this.feeds) feed.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.feeds.map((feed) => feed.stop()));
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.feeds.map(({ target }) => target.close()));
  }

  /** What is kept outside of the organization's trail. A place that does not answer is told of, and waited for a few seconds only. */
  async of(organization: string): Promise<Anchors> {
    const all = await Promise.all(this.feeds.map(({ target }) => this.read(organization, target)));
    return { readings: all.map(({ reading }) => reading), witnesses: all.flatMap(({ witnesses }) => witnesses) };
  }

  private async read(
    organization: string,
    target: AnchorTarget,
  ): Promise<{ reading: AnchorReading; witnesses: Witness[] }> {
    const source = target.kind;
    try {
      const written = await this.clock.within(READ_MS, noAnswer, (signal) => target.read(organization, signal));
      const own = written.flatMap((each) => readHead(each) ?? []).filter((head) => head.organization === organization);
      const good = own.filter((head) => this.signer.isAnchor(head));
      const name = `a head kept outside (${source})`;
      return {
        reading: { source, heads: written.length, ignored: written.length - good.length },
        witnesses: distinct(good.map(({ sequence, hash }) => ({ sequence, hash, name }))),
      };
    } catch (error) {
      return { reading: { source, heads: 0, ignored: 0, fault: messageOf(error) }, witnesses: [] };
    }
  }
}

/** An unchanged head is kept by each instance, and again after each start. */
const distinct = (witnesses: readonly Witness[]): Witness[] => [
  ...new Map(witnesses.map((witness) => [`${witness.sequence}.${witness.hash}`, witness])).values(),
];
