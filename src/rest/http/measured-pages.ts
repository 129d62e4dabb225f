import { Inject, Injectable } from '@nestjs/common';
import type { Json } from '../../domain/json.js';
import { jsonSize } from '../../domain/json-size.js';
import { RUNNER_OPTIONS, type ResolvedOptions } from '../../options.js';
import { listingOf, type Listing } from '../../domain/listing.js';
import type { Page } from '../../scheduling/ports/task.reads.js';
import { BY_ID, ListPlace, type ListQuery } from './cursor.js';
import type { ListPage } from './page.js';

/** How a list is read and shown. */
export interface ShownList<Item, Shown, Position> {
  limit: number;
  after: Position | undefined;
  read: (after: Position | undefined, limit: number) => Promise<Listing<Item, Position>>;
  positionOf: (item: Item) => Position;
  show: (item: Item) => Shown;
  /** How many reads may find nothing before an empty page is the answer; one unless given. */
  mostInVain?: number;
}

/** The most items in one read, when the items so far were small. */
const LARGEST_PIECE = 32;

/** Makes pages that are bounded in bytes as well as in items. Each read is bounded, too. */
@Injectable()
export class MeasuredPages {
  private readonly pageBytes: number;

  constructor(@Inject(RUNNER_OPTIONS) { limits }: Pick<ResolvedOptions, 'limits'>) {
    this.pageBytes = limits.pageBytes;
  }

  /**
   * A page, by id, of the list with this name; one read of the list may return only a part. @throws InvalidInputError
   */
  async byId<Item extends { id: string }, Shown extends object>(
    name: string,
    query: ListQuery,
    list: (page: Page) => Promise<Listing<Item>>,
    show: (item: Item) => Shown,
    mostInVain = 1,
  ): Promise<ListPage<Shown>> {
    const place = new ListPlace(BY_ID, name, query);
    const { items, next } = await this.of({
      limit: query.limit,
      after: place.after,
      read: (after, limit) => list({ after, limit }),
      positionOf: ({ id }) => id,
      show,
      mostInVain,
    });
    return { items, nextCursor: next === null ? null : place.cursorAt(next) };
  }

  /**
   * The next items of a list: as many as fit, and at least one if there is one. A read that brings fewer than it was asked
   * for although the list goes on has looked as far as it may: what is found by then is the page.
   */
  async of<Item, Shown extends object, Position>({
    limit,
    after,
    read,
    positionOf,
    show,
    mostInVain = 1,
  }: ShownList<Item, Shown, Position>): Promise<Listing<Shown, Position>> {
    const page: Shown[] = [];
    let [size, place, last] = [0, after, null as Position | null];
    for (let inVain = 0; ;) {
      const asked = Math.min(pieceOf(page.length, size, this.pageBytes - size), limit - page.length);
      const { items, next } = await read(place, asked);
      for (const item of items) {
        const shown = show(item);
        size += jsonSize(shown as Json);
        if (page.length > 0 && size > this.pageBytes) return { items: page, next: last };
        page.push(shown);
        last = positionOf(item);
      }
      inVain = items.length === 0 ? inVain + 1 : 0;
      const isSpent = page.length > 0 ? items.length < asked : inVain >= mostInVain;
      if (next === null || isSpent || page.length >= limit) return { items: page, next };
      place = next;
    }
  }
}

/** As many items as will fit, judging by those so far; the first item shows how large the items of the list are. */
const pieceOf = (count: number, bytes: number, room: number): number =>
  count === 0 ? 1 : Math.max(1, Math.min(LARGEST_PIECE, Math.floor((room * count) / (bytes + 1))));

/** Makes a read that asks for one item more than needed, which shows whether the list continues. */
export const withOneMore =
  <Item, Position>(
    list: (after: Position | undefined, limit: number) => Promise<Item[]>,
    positionOf: (item: Item) => Position,
  ) =>
  async (after: Position | undefined, limit: number): Promise<Listing<Item, Position>> =>
    listingOf(await list(after, limit + 1), limit, positionOf);
