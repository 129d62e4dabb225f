import { spend } from '../domain/budget.js';
import { DAY_MS, type ClosedTimes, type Part } from './closed-times.js';
import type { Zone } from './zone.js';

/** More moves than this, by days and windows in turn, lead nowhere. */
const MOST_MOVES = 100;

/** The times that the calendar of this name excludes. */
export interface NamedTimes {
  name: string;
  times: ClosedTimes;
}

/** How the occurrences of a stretch start: all later by the same time `by` (ms), or all at one instant (`by` null). */
export interface Landing extends Part {
  by: number | null;
  /** The start for the instant in question; infinite when there is none. Epoch ms. */
  at: number;
  /** The calendar that moves the start; null when none does. */
  calendar: string | null;
}

/** A move from one instant to another, and how far before and after that first instant moves are of the same kind. */
interface Move {
  to: number;
  before: number;
  after: number;
  fixed: boolean;
}

/**
 * Finds the starts that calendars move. From an excluded day, a start moves to the same local time of the next day that
 * is not excluded; from a window, to its end. It moves on while any calendar of the task excludes the result.
 */
export class Landings {
  /** The latest answer: callers mostly ask about the same stretch several times in a row. */
  private latest: Landing = { start: 0, end: 0, by: 0, at: 0, calendar: null };

  constructor(
    private readonly moving: readonly NamedTimes[],
    private readonly all: readonly NamedTimes[],
  ) {}

  of(instant: number): Landing {
    if (instant < this.latest.start || instant >= this.latest.end) this.latest = this.find(instant);
    const { latest } = this;
    return latest.by === null ? latest : { ...latest, at: instant + latest.by };
  }

  private find(instant: number): Landing {
    let at = instant;
    let [before, after] = [Infinity, Infinity];
    let fixed = false;
    let calendar: string | null = null;
    const narrow = (move: Pick<Move, 'before' | 'after'>) => {
      // Once all occurrences go to one instant, later moves are the same for all.
      if (fixed) return;
      before = Math.min(before, move.before);
      after = Math.min(after, move.after);
    };
    for (let moves = 0; moves < MOST_MOVES; moves++) {
      spend(4);
      const { move, name } = this.moveFrom(at, calendar === null ? this.moving : this.all, narrow);
      if (!move)
        return {
          start: instant - before,
          end: instant + after,
          by: fixed ? null : at - instant,
          at,
          calendar,
        };
      narrow(move);
      calendar ??= name;
      fixed ||= move.fixed;
      at = move.to;
      if (at === Infinity) break;
    }
    return {
      start: instant - before,
      end: instant + after,
      by: null,
      at: Infinity,
      calendar,
    };
  }

  /** The move by the first of the calendars that excludes the instant; null when none excludes it. */
  private moveFrom(
    at: number,
    calendars: readonly NamedTimes[],
    narrow: (open: Pick<Move, 'before' | 'after'>) => void,
  ): { move: Move | null; name: string | null } {
    for (const { name, times } of calendars) {
      const { by, start, end } = times.at(at);
      const room = { before: at - start, after: end - at };
      if (by === 'day') return { move: dayMove(at, room, times), name };
      if (by === 'window') return { move: { to: end, ...room, fixed: true }, name };
      narrow(room);
    }
    return { move: null, name: null };
  }
}

/** The move to the same local time of the next day that is not excluded. */
function dayMove(at: number, room: Pick<Move, 'before' | 'after'>, { zone, days }: ClosedTimes): Move {
  const { start, end, offset } = zone.segmentAt(at);
  const local = at + offset;
  const day = Math.floor(local / DAY_MS);
  const open = days.openAfter(day);
  if (open === null) return { to: Infinity, ...room, fixed: true };
  const target = local + (open - day) * DAY_MS;
  const to = zone.instantOf(target);
  const same = sameReading(zone, to, target);
  return {
    to,
    before: Math.min(room.before, at - start, target - same.start),
    after: Math.min(room.after, end - at, same.end - target),
    fixed: false,
  };
}

/** The stretch of local times around `local` (shown at `instant`) that map to instants in the same way. */
function sameReading(zone: Zone, instant: number, local: number): Part {
  const { start, end, offset, before } = zone.segmentAt(instant);
  const later = zone.segmentAt(end).offset;
  const borders = [start + before, start + offset, end + offset, end + later];
  return {
    start: Math.max(...borders.filter((border) => border <= local)),
    end: Math.min(...borders.filter((border) => border > local)),
  };
}
