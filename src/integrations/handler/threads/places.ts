interface Waiting {
  begin: () => void;
}

/** A number of places, handed out in the order of arrival. */
export class Places {
  private readonly waiting = new Set<Waiting>();

  constructor(private free: number) {}

  /** Resolves to a function that gives the place back. Rejects with the signal's reason when that fires before. */
  take(signal: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const giveUp = () => {
        this.waiting.delete(waiting);
        reject(signal.reason as Error);
      };
      const waiting: Waiting = {
        begin: () => {
          signal.removeEventListener('abort', giveUp);
          resolve(this.hold());
        },
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.waiting.add(waiting);
      this.serve();
    });
  }

  private hold(): () => void {
    this.free--;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.free++;
      this.serve();
    };
  }

  private serve(): void {
    for (const waiting of this.waiting) {
      if (this.free <= 0) return;
      this.waiting.delete(waiting);
      waiting.begin();
    }
  }
}
