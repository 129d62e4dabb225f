import { DueHeap } from './due-heap.js';
import { PriorityLine, type Waiting } from './priority-line.js';

/** An item that waits on behalf of an organization. */
export interface Ready extends Waiting {
  readonly organization: string;
}

/** Decides, while items are taken out, from which organizations, and is told of each item that was. */
export interface Admission<Item> {
  /** Whether anything more may be taken out. */
  goesOn(): boolean;
  /** Once an organization is refused, it stays refused until the end of the call. */
  admits(organization: string): boolean;
  take(ready: Item): void;
}

interface Member<Item extends Ready> {
  organization: string;
  waiting: PriorityLine<Item>;
  /** When the organization's next turn comes, in turns of an organization of weight 1. */
  nextTurn: number;
  /**
   * Its place among equals: the organization that has waited longest goes first, newcomers in the order in which they
   * came.
   */
  place: number;
}

/** Next turns are compared in such parts of a turn: in floating point, three times a third is not quite one. */
const PARTS = 1e9;
const MOST_REMEMBERED = 1000;

/**
 * A waiting line for each organization. The organizations take turns by their weights, evenly spread (start-time fair
 * queueing): a turn moves an organization back by one over its weight. A newcomer begins where the line is, so that it
 * neither catches up on turns it never asked for nor waits for a crowd.
 */
export class FairLine<Item extends Ready> {
  private readonly organizations = new Map<string, Member<Item>>();
  /** The organizations by their next turns. */
  private readonly order = new DueHeap<Member<Item>>();
  /** The next turn of each organization that left, as long as it lies ahead: leaving the line gains nothing. */
  private readonly gone = new Map<string, number>();
  /** How many of those are kept until the ones that are not needed any more are removed. */
  private mostGone = MOST_REMEMBERED;
  private now = 0;
  private turns = 0;
  /** Lower than any number of a turn. */
  private newcomers = Number.MIN_SAFE_INTEGER;

  constructor(private readonly weightOf: (organization: string) => number) {}

  /** Adds an item that came after all others. */
  push(ready: Item): void {
    const { organization } = ready;
    const member = this.organizations.get(organization) ?? this.enter(organization);
    member.waiting.push(ready);
  }

  /** Takes an item of the line out of it; its organization keeps its turn. */
  remove(ready: Item): void {
    const member = this.organizations.get(ready.organization);
    member?.waiting.remove(ready);
    if (member?.waiting.size === 0) this.leave(member);
  }

  /**
   * Takes out items in their order, of the organizations that are admitted, as long as the admission goes on. An
   * organization that is not admitted keeps its turn. Each item costs the logarithm of the number of organizations.
   */
  take(admission: Admission<Item>): void {
    const refused: Member<Item>[] = [];
    while (admission.goesOn()) {
      const member = this.order.first();
      if (!member) break;
      if (admission.admits(member.organization)) admission.take(this.serve(member));
      else {
        refused.push(member);
        this.order.delete(member.organization);
      }
    }
    for (const member of refused) this.file(member);
  }

  private serve(member: Member<Item>): Item {
    // An organization that is alone in the line shares nothing, so its weight need not be known.
    const weight = this.organizations.size > 1 ? this.weightOf(member.organization) : 1;
    this.now = member.nextTurn;
    member.nextTurn += 1 / weight;
    member.place = ++this.turns;
    const first = member.waiting.shift()!;
    if (member.waiting.size === 0) this.leave(member);
    else this.file(member);
    return first;
  }

  private enter(organization: string): Member<Item> {
    const nextTurn = Math.max(this.now, this.gone.get(organization) ?? 0);
    this.gone.delete(organization);
    const member = { organization, waiting: new PriorityLine<Item>(), nextTurn, place: this.newcomers++ };
    this.organizations.set(organization, member);
    this.file(member);
    return member;
  }

  private file(member: Member<Item>): void {
    this.order.set(member.organization, Math.round(member.nextTurn * PARTS), member, member.place);
  }

  private leave({ organization, nextTurn }: Member<Item>): void {
    this.organizations.delete(organization);
    this.order.delete(organization);
    if (nextTurn > this.now) this.gone.set(organization, nextTurn);
    if (this.gone.size < this.mostGone) return;
    for (const [name, turn] of this.gone) if (turn <= this.now) this.gone.delete(name);
    this.mostGone = Math.max(MOST_REMEMBERED, 2 * this.gone.size);
  }
}
