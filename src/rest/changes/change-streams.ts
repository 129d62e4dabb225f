import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  Injectable,
  Logger,
  StreamableFile,
  type BeforeApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { permits } from '../../auth/roles.js';
import { Clock } from '../../clock/clock.js';
import { Admission } from '../../domain/admission.js';
import { OverloadedError } from '../../domain/errors.js';
import { toIso } from '../../domain/instants.js';
import { positionIn, type ChangePosition } from '../../scheduler/change-position.js';
import type { StreamRequest } from '../http/asked-stream.js';
import { HEARTBEAT, toEventText } from '../runs/server-sent-events.js';
import { ChangeHubs } from './change-hubs.js';
import { CHANGE_TOPICS } from './change-topics.js';
import type { ChangesQuery } from './change.requests.js';
import { toChangesResponse, type ChangesResponse } from './change.response.js';
import { GatheredChanges } from './gathered-changes.js';
import { TrailHeads } from './trail-heads.js';

/** How many streams this instance has at most, and how many of one organization. */
const MOST = 500;
const MOST_OWN = 50;
const TOO_MANY = 'Too many follow changes; try again when one of them has ended.';
const LEAVING = 'This instance is about to stop; another one tells the changes.';
const HEARTBEAT_MS = 15_000;
/** What comes within this time comes in one message (ms): a topic has two in a second at most. */
const GATHERED_MS = 500;
/** After so long (ms) a stream ends, so that whoever goes on with it is checked anew; and with it one that nobody reads. */
const LIFE_MS = 300_000;
const UNREAD_MS = 30_000;

interface Stream {
  caller: Caller;
  gathered: GatheredChanges;
  after: ChangePosition | null;
  query: ChangesQuery;
  signal: AbortSignal;
}

/** Tells callers what changes in their organization, on whichever instance, as it happens. */
@Injectable()
export class ChangeStreams implements OnModuleDestroy, BeforeApplicationShutdown {
  private readonly logger = new Logger('Changes');
  private readonly open = new Set<PassThrough>();
  private readonly admission = new Admission(MOST, MOST_OWN, TOO_MANY);
  private readonly leaving = new AbortController();

  constructor(
    private readonly hubs: ChangeHubs,
    private readonly heads: TrailHeads,
    private readonly clock: Clock,
  ) {}

  /** From now on each stream ends, and none begins: its client goes on at another instance. */
  leave(): void {
    this.leaving.abort();
  }

  onModuleDestroy(): void {
    this.leave();
    for (const stream of this.open) stream.destroy();
  }

  /** Ends the streams that were opened meanwhile. */
  beforeApplicationShutdown(): void {
    this.onModuleDestroy();
  }

  /** Where the changes stand, or a stream of them. @throws InvalidInputError, OverloadedError */
  async answer(
    caller: Caller,
    query: ChangesQuery,
    { stream, lastEventId }: StreamRequest,
  ): Promise<ChangesResponse | StreamableFile> {
    if (stream) return this.follow(caller, query, lastEventId);
    return toChangesResponse(await this.heads.endOf(caller.organization), this.clock.now());
  }

  private async follow(caller: Caller, query: ChangesQuery, lastEventId: string | undefined): Promise<StreamableFile> {
    const after = lastEventId === undefined || lastEventId === '' ? null : positionIn(lastEventId, 'Last-Event-ID');
    if (this.leaving.signal.aborted) throw new OverloadedError(LEAVING);
    const { organization, roles } = caller;
    this.admission.enter(organization);
    const topics = new Set(query.topic ?? CHANGE_TOPICS);
    const gathered = new GatheredChanges({ topics, taskId: query.taskId, isAdmin: permits(roles, 'admin') }, '0');
    try {
      gathered.position = await this.hubs.join(organization, gathered);
    } catch (error) {
      this.admission.leave(organization);
      throw error;
    }
    return this.streamOf(caller, query, gathered, after);
  }

  private streamOf(
    caller: Caller,
    query: ChangesQuery,
    gathered: GatheredChanges,
    after: ChangePosition | null,
  ): StreamableFile {
    const stream = new PassThrough();
    const closed = new AbortController();
    const unread = this.clock.after(LIFE_MS + UNREAD_MS, () => stream.destroy());
    this.open.add(stream);
    stream.once('close', () => {
      unread.cancel();
      closed.abort();
      this.open.delete(stream);
      this.hubs.leave(caller.organization, gathered);
      this.admission.leave(caller.organization);
    });
    const signal = AbortSignal.any([closed.signal, this.leaving.signal]);
    // A stream that breaks is closed; its client comes back with the id of the last event that it received.
    pipeline(this.events({ caller, gathered, after, query, signal }), stream).catch((error: unknown) => {
      if (!closed.signal.aborted) this.logger.warn(`A stream of changes broke off: ${String(error)}`);
    });
    return new StreamableFile(stream, { type: 'text/event-stream; charset=utf-8' });
  }

  private async *events({ caller, gathered, after, query, signal }: Stream): AsyncGenerator<string> {
    const end = this.clock.monotonic() + LIFE_MS;
    // The first line lets the client know at once that it is connected.
    yield HEARTBEAT;
    const hear = gathered.hear.bind(gathered);
    if (after && !(await this.heads.tellSince(caller.organization, after, hear))) {
      gathered.hearGap(await this.heads.endOf(caller.organization));
    }
    const data = { cursor: gathered.position, at: toIso(this.clock.now()), topics: query.topic ?? CHANGE_TOPICS };
    // No id: what was missed is yet to be told.
    yield toEventText({ event: 'hello', data });
    while (!signal.aborted && this.clock.monotonic() < end) {
      if (!gathered.hasSome) await this.news(gathered, signal);
      const events = gathered.take();
      yield events.length === 0 ? HEARTBEAT : events.map(toEventText).join('');
      if (!signal.aborted) await this.clock.sleep(GATHERED_MS, signal).catch(() => undefined);
    }
    yield toEventText({ event: 'end', data: { reason: signal.aborted ? 'leaving' : 'renew' } });
  }

  /** Resolves when there is something to tell, or it is time for a sign of life, or the stream is to end. */
  private news(gathered: GatheredChanges, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        patience.cancel();
        signal.removeEventListener('abort', wake);
        gathered.onNews = () => undefined;
        resolve();
      };
      const patience = this.clock.after(HEARTBEAT_MS, wake);
      signal.addEventListener('abort', wake, { once: true });
      gathered.onNews = wake;
    });
  }
}
