import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  Injectable,
  Logger,
  StreamableFile,
  type BeforeApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { InvalidInputError } from '../../domain/errors.js';
import type { Listing } from '../../domain/listing.js';
import { isOfAll, type LogFilter } from '../../execution-log/log-filter.js';
import type { LogEntry } from '../../execution-log/log.store.js';
import { RunsService } from '../../scheduling/runs/runs.service.js';
import type { StreamRequest } from '../http/asked-stream.js';
import { BY_SEQUENCE, ListPlace } from '../http/cursor.js';
import { MeasuredPages, withOneMore, type ShownList } from '../http/measured-pages.js';
import { logFilterOf, type LogQuery } from './run.requests.js';
import { toLogEntryResponse, type LogEntryResponse, type LogPage } from './log-entry.response.js';
import { HEARTBEAT, toEventText } from './server-sent-events.js';
import { withHeartbeats } from './with-heartbeats.js';

const HEARTBEAT_MS = 15_000;

/** Beyond every entry. */
const END = Number.MAX_SAFE_INTEGER;
/** How many entries are read at a time where only their places are wanted. */
const PLACED_AT_ONCE = 32;

const positionOf = ({ sequence }: LogEntry): number => sequence;

/** Answers with the log of a run, in pages or as it grows. */
@Injectable()
export class RunLogService implements OnModuleDestroy, BeforeApplicationShutdown {
  private readonly logger = new Logger('RunLog');
  private readonly open = new Set<PassThrough>();

  constructor(
    private readonly runs: RunsService,
    private readonly clock: Clock,
    private readonly pages: MeasuredPages,
  ) {}

  /** A page of the log, or a stream that ends when the run has finished. */
  async answer(
    organization: string,
    id: string,
    query: LogQuery,
    request: StreamRequest,
  ): Promise<LogPage | StreamableFile> {
    const place = new ListPlace(BY_SEQUENCE, `runs/${id}/log`, query);
    const filter = logFilterOf(query);
    if (request.stream) {
      demandWritten(query);
      const after =
        sequenceFrom(request.lastEventId) ?? place.after ?? (await this.beforeTail(organization, id, query));
      return this.stream(organization, id, after, filter);
    }
    if (query.tail !== undefined) return this.tail(organization, id, query.tail, filter);
    if (query.order === 'newest') return this.newest(organization, id, filter, { limit: query.limit, place });
    return this.page(organization, id, filter, { limit: query.limit, place });
  }

  /** The sequence after which the last entries lie that a query asks for; those of the whole log unless it does. */
  async beforeTail(organization: string, id: string, query: LogQuery): Promise<number> {
    if (query.tail === undefined) return -1;
    const search = await this.runs.searchLogBackwards(organization, id, logFilterOf(query));
    // A few at a time: entries may be large, and only the place of the last one is wanted.
    for (let [place, left] = [END, query.tail]; ;) {
      const { items, next } = await search.before(place, Math.min(left, PLACED_AT_ONCE));
      if (next === null) return -1;
      left -= items.length;
      if (left === 0 || items.length === 0) return (items.at(-1)?.sequence ?? next) - 1;
      place = next;
    }
  }

  /** Ends every stream: a client that follows a log must not hold up the shutdown. */
  onModuleDestroy(): void {
    for (const stream of this.open) stream.destroy();
  }

  /** Ends the streams that were opened meanwhile. */
  beforeApplicationShutdown(): void {
    this.onModuleDestroy();
  }

  /** The last entries, as many as fit, in the order of writing. */
  private async tail(organization: string, id: string, most: number, filter: LogFilter): Promise<LogPage> {
    const { items } = await this.backwards(organization, id, filter, { limit: most, after: undefined });
    return { items: items.reverse(), nextCursor: null };
  }

  private async newest(
    organization: string,
    id: string,
    filter: LogFilter,
    { limit, place }: { limit: number; place: ListPlace<number> },
  ): Promise<LogPage> {
    const { items, next } = await this.backwards(organization, id, filter, { limit, after: place.after });
    return { items, nextCursor: next === null ? null : place.cursorAt(next) };
  }

  private async backwards(
    organization: string,
    id: string,
    filter: LogFilter,
    { limit, after }: { limit: number; after: number | undefined },
  ): Promise<Listing<LogEntryResponse, number>> {
    const search = await this.runs.searchLogBackwards(organization, id, filter);
    const read = (place: number | undefined, most: number) => search.before(place ?? END, most);
    return this.pages.of({ limit, after, read, positionOf, show: toLogEntryResponse });
  }

  private async page(
    organization: string,
    id: string,
    filter: LogFilter,
    { limit, place }: { limit: number; place: ListPlace<number> },
  ): Promise<LogPage> {
    const { items, next } = await this.pages.of({
      limit,
      after: place.after,
      read: await this.readOf(organization, id, filter),
      positionOf,
      show: toLogEntryResponse,
    });
    return { items, nextCursor: next === null ? null : place.cursorAt(next) };
  }

  /** Reads what matches; without a filter, nothing has to be looked through. */
  private async readOf(
    organization: string,
    id: string,
    filter: LogFilter,
  ): Promise<ShownList<LogEntry, LogEntryResponse, number>['read']> {
    if (isOfAll(filter))
      return withOneMore((after, most) => this.runs.log(organization, id, after ?? -1, most), positionOf);
    const search = await this.runs.searchLog(organization, id, filter);
    return (after, limit) => search.after(after ?? -1, limit);
  }

  private async stream(organization: string, id: string, after: number, filter: LogFilter): Promise<StreamableFile> {
    await this.runs.get(organization, id);
    const closed = new AbortController();
    const stream = new PassThrough();
    this.open.add(stream);
    stream.once('close', () => {
      this.open.delete(stream);
      closed.abort();
    });
    const entries = this.runs.follow(organization, id, after, closed.signal, filter);
    this.fill(stream, this.events(organization, id, entries, closed.signal), closed.signal);
    return new StreamableFile(stream, { type: 'text/event-stream; charset=utf-8' });
  }

  /** A stream that breaks is closed; its client reconnects with the id of the last event that it received. */
  private fill(stream: PassThrough, events: AsyncIterable<string>, signal: AbortSignal): void {
    pipeline(events, stream, { signal }).catch((error: unknown) => {
      if (!signal.aborted) this.logger.warn(`a followed log broke off: ${String(error)}`);
    });
  }

  private async *events(
    organization: string,
    id: string,
    entries: AsyncIterable<LogEntry>,
    signal: AbortSignal,
  ): AsyncGenerator<string> {
    // The first line lets the client know at once that it is connected.
    yield HEARTBEAT;
    for await (const entry of withHeartbeats(entries, null, this.clock, HEARTBEAT_MS)) {
      yield entry === null ? HEARTBEAT : toEventText({ id: String(entry.sequence), data: toLogEntryResponse(entry) });
    }
    if (signal.aborted) return;
    const { state } = await this.runs.get(organization, id);
    yield toEventText({ event: 'end', data: { state } });
  }
}

/** What is sent as it is read cannot begin with its end. @throws InvalidInputError */
export function demandWritten({ order }: LogQuery): void {
  if (order === 'oldest') return;
  throw new InvalidInputError([{ parameter: 'order', detail: 'must be oldest, unless the answer is JSON' }]);
}

function sequenceFrom(lastEventId: string | undefined): number | undefined {
  if (lastEventId === undefined || lastEventId === '') return undefined;
  if (/^\d{1,15}$/.test(lastEventId)) return Number(lastEventId);
  throw new InvalidInputError([{ parameter: 'Last-Event-ID', detail: 'must be the id of an event of this stream' }]);
}
