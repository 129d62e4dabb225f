import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../domain/errors.js';
import type { Listing, Page } from '../domain/listing.js';
import type { RunState } from '../domain/run.js';
import { PAUSED, runInTheWay } from '../scheduling/planning/obstacle.js';
import { RunReads, type RunOfEvent } from '../scheduling/ports/run.reads.js';
import type { LeftReason, LeftTask, StartedRun } from './event-outcome.js';
import { EventReads, type EventFilter, type EventHead, type EventRecord } from './event.store.js';

/** A run of an event as it is now; null once its record is gone. */
export interface ShownRun extends StartedRun {
  state: RunState | null;
}

/** A task that an event did not start, and the run that was recorded instead, if one was. */
export interface ShownLeft extends LeftTask {
  runId?: string;
}

/** An event with what has become of it by now. */
export interface ShownEvent extends Omit<EventRecord, 'outcome' | 'digest'> {
  runs: ShownRun[];
  left: ShownLeft[];
  runsCut: boolean;
  leftCut: boolean;
}

/** How many runs of an instant are looked at for why they were skipped, at once and altogether. */
const PAGE = 100;
const MOST_LOOKED_AT = 500;

/** Shows events, and what came of them. */
@Injectable()
export class EventRecords {
  constructor(
    private readonly events: EventReads,
    private readonly runs: RunReads,
  ) {}

  list(organization: string, filter: EventFilter, page: Page): Promise<Listing<EventHead>> {
    return this.events.list(organization, filter, page);
  }

  /** @throws NotFoundError */
  async get(organization: string, id: string): Promise<ShownEvent> {
    const shown = await this.find(organization, id);
    if (!shown) throw new NotFoundError('event', id);
    return shown;
  }

  async find(organization: string, id: string): Promise<ShownEvent | null> {
    const found = await this.events.get(organization, id);
    if (!found) return null;
    const { outcome, digest: _digest, ...event } = found;
    const ids = outcome.runs.map(({ runId }) => runId);
    const states = ids.length > 0 ? await this.runs.statesOf(organization, ids) : new Map<string, RunState>();
    const reasons = await this.reasonsOf(found, new Set(ids.filter((runId) => states.get(runId) === 'skipped')));
    const passedOver = outcome.runs.flatMap(({ taskId, runId }) => {
      const reason = reasons.get(runId);
      return reason ? [{ taskId, reason, runId }] : [];
    });
    return {
      ...event,
      runs: outcome.runs
        .filter(({ runId }) => !reasons.has(runId))
        .map((run) => ({ state: states.get(run.runId) ?? null, ...run })),
      left: [...passedOver, ...outcome.left],
      runsCut: outcome.isRunsCut ?? false,
      leftCut: outcome.isLeftCut ?? false,
    };
  }

  /** Why runs were skipped, as far as the event or its task is the reason. */
  private async reasonsOf(
    { organization, receivedAt }: EventRecord,
    skipped: Set<string>,
  ): Promise<Map<string, LeftReason>> {
    const reasons = new Map<string, LeftReason>();
    let after: string | undefined;
    for (let looked = 0; skipped.size > 0 && looked < MOST_LOOKED_AT; looked += PAGE) {
      const page: RunOfEvent[] = await this.runs.ofEvents(organization, receivedAt, { after, limit: PAGE });
      for (const { id, reason } of page) {
        const left = skipped.delete(id) ? leftBy(reason) : null;
        if (left !== null) reasons.set(id, left);
      }
      if (page.length < PAGE) break;
      after = page.at(-1)!.id;
    }
    return reasons;
  }
}

function leftBy(reason: string | null): LeftReason | null {
  if (runInTheWay(reason) !== null) return 'overlap';
  return reason === PAUSED ? 'paused' : null;
}
