import { AsyncLocalStorage } from 'node:async_hooks';
import { clearTimeout, setTimeout } from 'node:timers';

/** One call of an action. */
class Call {
  /** How many of its waits for the runner's clock are under way. */
  private waits = 0;
  /** Whether nobody waits for it any longer: it has taken too much of the real time. */
  isLeft = false;

  constructor(
    readonly what: string,
    private readonly changed: () => void,
  ) {}

  /** Whether it works on something that takes real time. */
  get isAwake(): boolean {
    return this.waits === 0 && !this.isLeft;
  }

  async asleep(wait: Promise<void>): Promise<void> {
    this.waits++;
    this.changed();
    try {
      await wait;
    } finally {
      this.waits--;
    }
  }
}

/** The calls of actions that are under way: time stands while one of them works on anything but the clock. */
export class Calls {
  private readonly current = new AsyncLocalStorage<Call>();
  private readonly underWay = new Set<Call>();
  private changed: (() => void) | null = null;

  /** Makes a call; `what` names it in a sentence. */
  async watch<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
    const call = new Call(what, () => this.changed?.());
    this.underWay.add(call);
    try {
      return await this.current.run(call, work);
    } finally {
      this.underWay.delete(call);
      this.changed?.();
    }
  }

  /** The wait, which counts as sleep of the call that it belongs to. */
  asleep(wait: Promise<void>): Promise<void> {
    return this.current.getStore()?.asleep(wait) ?? wait;
  }

  /** Whether a call is under way that is no longer waited for. */
  get isAnyLeft(): boolean {
    return [...this.underWay].some(({ isLeft }) => isLeft);
  }

  /** Waits for a change among the calls that are awake, if there are any, and resolves to whether there were. */
  async next(patienceMs: number, onLeft: (what: string) => void): Promise<boolean> {
    if (this.awake.length === 0) return false;
    if (await this.changeWithin(patienceMs)) return true;
    for (const call of this.awake) {
      call.isLeft = true;
      onLeft(call.what);
    }
    return true;
  }

  private get awake(): Call[] {
    return [...this.underWay].filter(({ isAwake }) => isAwake);
  }

  private changeWithin(patienceMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (isChange: boolean) => {
        clearTimeout(timer);
        this.changed = null;
        resolve(isChange);
      };
      const timer = setTimeout(() => end(false), patienceMs);
      this.changed = () => end(true);
    });
  }
}
