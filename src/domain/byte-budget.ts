interface Waiting {
  organization: string;
  bytes: number;
  begin: (release: () => void) => void;
}

/** The largest share of the total that one organization may hold. */
const SHARE = 0.5;

/**
 * Memory shared by organizations: each takes what it is about to need, and gives it back. No organization holds more
 * than half, and none waits behind another's queue. A larger amount is granted only to an organization that holds
 * nothing.
 */
export class ByteBudget {
  private held = 0;
  private readonly heldBy = new Map<string, number>();
  private waiting: Waiting[] = [];

  constructor(private readonly total: number) {}

  /** The number of waiting requests. */
  get line(): number {
    return this.waiting.length;
  }

  /** Takes bytes if they are free, and the organization has nothing waiting; null otherwise. */
  takeNow(organization: string, bytes: number): (() => void) | null {
    const waits = this.waiting.some((waiting) => waiting.organization === organization);
    return waits || !this.fits({ organization, bytes }) ? null : this.hold(organization, bytes);
  }

  /**
   * Takes bytes as soon as they are free; resolves to a function that gives them back. Rejects when the signal fires;
   * without one it waits for as long as it takes.
   */
  take(organization: string, bytes: number, signal?: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const waiting = { organization, bytes, begin: resolve };
      const abandon = () => {
        this.waiting = this.waiting.filter((other) => other !== waiting);
        reject(signal?.reason as Error);
        this.serve();
      };
      signal?.addEventListener('abort', abandon, { once: true });
      waiting.begin = (release) => {
        signal?.removeEventListener('abort', abandon);
        resolve(release);
      };
      this.waiting.push(waiting);
      this.serve();
    });
  }

  /** Counts bytes that are already in use, whether they fit or not, until they are given back. */
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

  /** In order of arrival, skipping organizations that have to wait. */
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

  private fits({ organization, bytes }: Pick<Waiting, 'organization' | 'bytes'>): boolean {
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
