/** Something that waits, for whom, and how important it is. */
export interface Ready<Item> {
  key: string;
  organization: string;
  /** 0 (lowest) to 9. */
  priority: number;
  /** Since when it waits (epoch ms). */
  since: number;
  item: Item;
}

interface Member<Item> {
  /** In their order; those before `first` are gone. */
  waiting: Ready<Item>[];
  first: number;
  /** When its next turn comes, in turns of an organization of weight 1. */
  nextTurn: number;
  /** The number of its last turn, so that of equals the one that has waited longest goes first. */
  lastServed: number;
}

/** A third three times over is not quite one. */
const ROUNDING = 1e-9;
const MOST_REMEMBERED = 1000;
/** How many that are gone a line may keep before it is made anew, which it is when they are half of it. */
const MOST_GONE = 1000;

/**
 * A waiting line per organization within one priority. The organizations take turns, each as often as its weight says
 * and evenly spread (start-time fair queueing): a turn moves an organization back by one over its weight. Whoever
 * comes new begins where the line is, so that it neither catches up on what it never asked for nor waits for a crowd.
 */
export class FairLine<Item> {
  private readonly organizations = new Map<string, Member<Item>>();
  /** When the next turn comes of those that left, for as long as it lies ahead: leaving the line gains nothing. */
  private readonly gone = new Map<string, number>();
  private now = 0;
  private turns = 0;

  constructor(private readonly weightOf: (organization: string) => number) {}

  push(ready: Ready<Item>): void {
    const member = this.organizations.get(ready.organization);
    if (member) member.waiting.push(ready);
    else this.organizations.set(ready.organization, this.enter(ready));
  }

  /**
   * Takes out the next item that `counts`, of an organization that is admitted; what does not count is thrown away and
   * costs nobody a turn, and who is not admitted keeps its turn.
   */
  shift(
    counts: (ready: Ready<Item>) => boolean,
    isAdmitted: (organization: string) => boolean = () => true,
  ): Ready<Item> | undefined {
    let next: [string, Member<Item>] | undefined;
    for (const [organization, member] of this.organizations) {
      while (!isEmpty(member) && !counts(member.waiting[member.first]!)) advance(member);
      if (isEmpty(member)) this.leave(organization, member);
      else if ((!next || goesBefore(member, next[1])) && isAdmitted(organization)) next = [organization, member];
    }
    return next && this.serve(...next);
  }

  /** Takes out what has waited since `since` or longer. */
  takeAged(since: number): Ready<Item>[] {
    const aged: Ready<Item>[] = [];
    for (const [organization, member] of this.organizations) {
      const stays = (ready: Ready<Item>) => ready.since > since || !aged.push(ready);
      member.waiting = member.waiting.filter((ready, place) => place >= member.first && stays(ready));
      member.first = 0;
      if (isEmpty(member)) this.leave(organization, member);
    }
    return aged;
  }

  private serve(organization: string, member: Member<Item>): Ready<Item> | undefined {
    // Alone in the line, an organization shares nothing, and its weight need not be known.
    const weight = this.organizations.size > 1 ? this.weightOf(organization) : 1;
    this.now = member.nextTurn;
    member.nextTurn += 1 / weight;
    member.lastServed = ++this.turns;
    const ready = member.waiting[member.first];
    advance(member);
    if (isEmpty(member)) this.leave(organization, member);
    return ready;
  }

  private enter(ready: Ready<Item>): Member<Item> {
    const nextTurn = Math.max(this.now, this.gone.get(ready.organization) ?? 0);
    this.gone.delete(ready.organization);
    return { waiting: [ready], first: 0, nextTurn, lastServed: 0 };
  }

  private leave(organization: string, { nextTurn }: Member<Item>): void {
    this.organizations.delete(organization);
    if (nextTurn > this.now) this.gone.set(organization, nextTurn);
    if (this.gone.size < MOST_REMEMBERED) return;
    for (const [name, turn] of this.gone) if (turn <= this.now) this.gone.delete(name);
  }
}

const isEmpty = <Item>({ waiting, first }: Member<Item>): boolean => first >= waiting.length;

/** Lets the first one go. Taking it out of a long array would move all the others. */
function advance<Item>(member: Member<Item>): void {
  member.first++;
  if (member.first < MOST_GONE || member.first * 2 < member.waiting.length) return;
  member.waiting = member.waiting.slice(member.first);
  member.first = 0;
}

const goesBefore = <Item>(a: Member<Item>, b: Member<Item>): boolean => {
  const ahead = b.nextTurn - a.nextTurn;
  return Math.abs(ahead) > ROUNDING ? ahead > 0 : a.lastServed < b.lastServed;
};
