interface Waiting {
  organization: string;
  bytes: number;
  begin: (release: () => void) => void;
}

/** The largest part of the whole that one organization may hold. */
const SHARE = 0.5;

/**
 * Memory that organizations divide among themselves: each takes what it is about to need and gives it back. None holds
 * more than half, and none waits behind another's line. What is larger than all that one may hold is taken alone.
 */
export class ByteBudget {
  private held = 0;
  private readonly heldBy = new Map<string, number>();
  private waiting: Waiting[] = [];

  constructor(private readonly total: number) {}

  /** How many wait. */
  get line(): number {
    return this.waiting.length;
  }

  /** Takes so many bytes as soon as there are so many; resolves to what gives them back. Rejects when the signal fires. */
  take(organization: string, bytes: number, signal: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const waiting = { organization, bytes, begin: resolve };
      const abandon = () => {
        this.waiting = this.waiting.filter((other) => other !== waiting);
        reject(signal.reason as Error);
        this.serve();
      };
      signal.addEventListener('abort', abandon, { once: true });
      waiting.begin = (release) => {
        signal.removeEventListener('abort', abandon);
        resolve(release);
      };
      this.waiting.push(waiting);
      this.serve();
    });
  }

  /** Counts what is there already, whether there is room for it or not, until it is given back. */
  hold(organization: string, bytes: number): () => void {
    this.add(organization, bytes);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.add(organization, -bytes);
      this.serve();
    };
  }

  /** In the order in which they came, but past organizations that have to wait. */
  private serve(): void {
    const behind = new Set<string>();
    const left: Waiting[] = [];
    for (const waiting of this.waiting) {
      if (!behind.has(waiting.organization) && this.fits(waiting)) this.grant(waiting);
      else {
        behind.add(waiting.organization);
        left.push(waiting);
      }
    }
    this.waiting = left;
  }

  private fits({ organization, bytes }: Waiting): boolean {
    const own = this.heldBy.get(organization) ?? 0;
    if (own === 0 && bytes > this.total * SHARE) return this.held === 0 || this.held + bytes <= this.total;
    return own + bytes <= this.total * SHARE && this.held + bytes <= this.total;
  }

  private grant({ organization, bytes, begin }: Waiting): void {
    begin(this.hold(organization, bytes));
  }

  private add(organization: string, bytes: number): void {
    const own = (this.heldBy.get(organization) ?? 0) + bytes;
    this.held += bytes;
    if (own > 0) this.heldBy.set(organization, own);
    else this.heldBy.delete(organization);
  }
}
