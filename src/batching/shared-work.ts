import { askedByMany } from './asker.js';

/** Work under way by name: whoever asks for the same meanwhile gets the same result. */
export class SharedWork<Result> {
  private readonly underWay = new Map<string, Promise<Result>>();

  /** The result of the work with this name; `begin` starts it if it is not under way. */
  of(name: string, begin: () => Promise<Result>): Promise<Result> {
    const known = this.underWay.get(name);
    if (known) return known;
    const work = askedByMany(begin).finally(() => this.underWay.delete(name));
    this.underWay.set(name, work);
    return work;
  }
}
