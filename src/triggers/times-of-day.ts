const NONE = -1;

/** The values of one field (ascending), with a lookup table from each number to its neighbouring values. */
class Ladder {
  readonly first: number;
  readonly last: number;
  readonly size: number;
  private readonly up: Int8Array;
  private readonly down: Int8Array;
  private readonly under: Int8Array;

  constructor(values: readonly number[], span: number) {
    this.first = values[0]!;
    this.last = values.at(-1)!;
    this.size = values.length;
    const all = Array.from({ length: span }, (_, number) => number);
    this.up = Int8Array.from(all, (number) => values.find((value) => value >= number) ?? NONE);
    this.down = Int8Array.from(all, (number) => values.findLast((value) => value <= number) ?? NONE);
    this.under = Int8Array.from(all, (number) => values.filter((value) => value < number).length);
  }

  has(number: number): boolean {
    return this.up[number] === number;
  }

  /** The first value at or above `number`; −1 when there is none. */
  atOrAbove(number: number): number {
    return this.up[number] ?? NONE;
  }

  /** The last value at or below `number`; −1 when there is none. */
  atOrBelow(number: number): number {
    return this.down[number] ?? NONE;
  }

  /** How many values lie below `number`. */
  below(number: number): number {
    return this.under[number]!;
  }
}

/** The times of day that hours, minutes and seconds allow, in seconds since midnight. */
export class TimesOfDay {
  readonly first: number;
  readonly last: number;
  /** The number of times per day. */
  readonly size: number;
  private readonly hours: Ladder;
  private readonly minutes: Ladder;
  private readonly seconds: Ladder;

  constructor(fields: { hours: readonly number[]; minutes: readonly number[]; seconds: readonly number[] }) {
    this.hours = new Ladder(fields.hours, 24);
    this.minutes = new Ladder(fields.minutes, 60);
    this.seconds = new Ladder(fields.seconds, 60);
    this.first = this.hours.first * 3600 + this.minutes.first * 60 + this.seconds.first;
    this.last = this.hours.last * 3600 + this.minutes.last * 60 + this.seconds.last;
    this.size = this.hours.size * this.minutes.size * this.seconds.size;
  }

  /** The first time at or after `time`, or −1. */
  atOrAfter(time: number): number {
    const { hours, minutes, seconds } = this;
    const [hour, minute, second] = split(time);
    if (hours.has(hour)) {
      const same = minutes.has(minute) ? seconds.atOrAbove(second) : NONE;
      if (same !== NONE) return hour * 3600 + minute * 60 + same;
      const later = minutes.atOrAbove(minute + 1);
      if (later !== NONE) return hour * 3600 + later * 60 + seconds.first;
    }
    const later = hours.atOrAbove(hour + 1);
    return later === NONE ? NONE : later * 3600 + minutes.first * 60 + seconds.first;
  }

  /** The last time at or before `time`, or −1. */
  atOrBefore(time: number): number {
    const { hours, minutes, seconds } = this;
    const [hour, minute, second] = split(time);
    if (hours.has(hour)) {
      const same = minutes.has(minute) ? seconds.atOrBelow(second) : NONE;
      if (same !== NONE) return hour * 3600 + minute * 60 + same;
      const earlier = minutes.atOrBelow(minute - 1);
      if (earlier !== NONE) return hour * 3600 + earlier * 60 + seconds.last;
    }
    const earlier = hours.atOrBelow(hour - 1);
    return earlier === NONE ? NONE : earlier * 3600 + minutes.last * 60 + seconds.last;
  }

  /** How many times of the day come before `time`. */
  countBefore(time: number): number {
    const { hours, minutes, seconds } = this;
    const [hour, minute, second] = split(time);
    const inMinute = minutes.has(minute) ? seconds.below(second) : 0;
    const inHour = hours.has(hour) ? minutes.below(minute) * seconds.size + inMinute : 0;
    return hours.below(hour) * minutes.size * seconds.size + inHour;
  }
}

const split = (time: number): [number, number, number] => [
  Math.floor(time / 3600),
  Math.floor((time % 3600) / 60),
  time % 60,
];
