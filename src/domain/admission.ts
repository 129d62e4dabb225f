import { OverloadedError } from './errors.js';

/** Places in this process, of which one organization gets a part: the others find some in any case. */
export class Admission {
  private count = 0;
  private readonly countOf = new Map<string, number>();

  constructor(
    private readonly most: number,
    private readonly mostOfOne: number,
    private readonly refusal: string,
  ) {}

  /** How many are in. */
  get size(): number {
    return this.count;
  }

  /** Takes a place, until `leave`. @throws OverloadedError with the refusal */
  enter(organization: string): void {
    const own = this.countOf.get(organization) ?? 0;
    if (this.count >= this.most || own >= this.mostOfOne) throw new OverloadedError(this.refusal);
    this.count++;
    this.countOf.set(organization, own + 1);
  }

  leave(organization: string): void {
    const own = this.countOf.get(organization)! - 1;
    this.count--;
    if (own === 0) this.countOf.delete(organization);
    else this.countOf.set(organization, own);
  }
}
