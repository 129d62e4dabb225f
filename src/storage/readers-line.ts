import { askerGone } from '../batching/asker.js';
import { OverloadedError } from '../domain/errors.js';

/** How many reads may wait for their turn, those of all organizations together. */
const MOST_WAITING = 500;

interface Waiting {
  admit: () => void;
  refuse: (error: Error) => void;
}

/** What is read on nobody's behalf, such as figures of the whole installation, takes its turn as one more organization. */
const NOBODY = '';

/**
 * Where people's reads wait until one of a few is done. Organizations take turns, and none has the last free place, so
 * that whoever reads little waits for a read or two of those who read much. When the line is full, whoever has most in
 * it loses what came last. A read whose asker has gone leaves the line.
 */
export class ReadersLine {
  /** By organization; the one whose turn it is next comes first. */
  private readonly waiting = new Map<string, Waiting[]>();
  /** How many reads of each organization are under way. */
  private readonly underWay = new Map<string, number>();
  private size = 0;
  private free: number;

  constructor(
    places: number,
    private readonly mostWaiting = MOST_WAITING,
  ) {
    this.free = places;
  }

  /**
   * Does the read when it is the organization's turn. Rejects with the reason of `gone` when that fires before.
   * @throws OverloadedError
   */
  async take<Result>(organization: string, read: () => Promise<Result>, gone?: AbortSignal): Promise<Result> {
    await this.place(organization, gone);
    try {
      return await read();
    } finally {
      this.leave(organization);
    }
  }

  private place(organization: string, gone?: AbortSignal): Promise<void> {
    let giveUp = (): void => undefined;
    const placed = new Promise<void>((admit, refuse) => {
      gone?.throwIfAborted();
      if (this.size >= this.mostWaiting && !this.makeRoom(organization)) return refuse(overloaded());
      const waiting = { admit, refuse };
      giveUp = () => this.abandon(organization, waiting, gone!.reason as Error);
      gone?.addEventListener('abort', giveUp);
      const line = this.waiting.get(organization);
      if (line) line.push(waiting);
      else this.waiting.set(organization, [waiting]);
      this.size++;
      this.admitNext();
    });
    return placed.finally(() => gone?.removeEventListener('abort', giveUp));
  }

  /** Takes a read out of the line, if it is still there; the organization keeps its turn. */
  private abandon(organization: string, left: Waiting, reason: Error): void {
    const line = this.waiting.get(organization) ?? [];
    if (!line.includes(left)) return;
    if (line.length > 1) this.waiting.set(organization, line.toSpliced(line.indexOf(left), 1));
    else this.waiting.delete(organization);
    this.size--;
    left.refuse(reason);
  }

  /** Whether somebody has more waiting than the newcomer, who then takes the last place of theirs. */
  private makeRoom(organization: string): boolean {
    let longest = this.waiting.get(organization) ?? [];
    for (const line of this.waiting.values()) if (line.length > longest.length) longest = line;
    if (longest === this.waiting.get(organization) || longest.length < 2) return false;
    this.size--;
    longest.pop()!.refuse(overloaded());
    return true;
  }

  private leave(organization: string): void {
    const left = this.underWay.get(organization)! - 1;
    if (left === 0) this.underWay.delete(organization);
    else this.underWay.set(organization, left);
    this.free++;
    this.admitNext();
  }

  private admitNext(): void {
    for (const [organization, line] of this.waiting) {
      if (this.free === 0) return;
      const underWay = this.underWay.get(organization) ?? 0;
      if (this.free === 1 && underWay > 0) continue;
      this.free--;
      this.size--;
      this.underWay.set(organization, underWay + 1);
      // Its next turn comes after everybody's.
      this.waiting.delete(organization);
      if (line.length > 1) this.waiting.set(organization, line.slice(1));
      line[0]!.admit();
    }
  }
}

const overloaded = () =>
  new OverloadedError('So much is being read at the moment that no more can wait for its turn; try again in a moment.');

/** The same port, whose reads wait in the line. Whatever a tenant can reach names the organization first. */
export function inLine<Port extends object>(port: Port, line: ReadersLine): Port {
  return new Proxy(Object.create(port) as Port, {
    get(target, name): unknown {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function' || name in Object.prototype || Object.hasOwn(target, name)) return member;
      return (...values: unknown[]): Promise<unknown> => {
        const organization = typeof values[0] === 'string' ? values[0] : NOBODY;
        return line.take(organization, () => Reflect.apply(member, port, values) as Promise<unknown>, askerGone());
      };
    },
  });
}
