import { Injectable } from '@nestjs/common';
import { chunksOf } from '../../domain/chunks.js';
import { groupsBy } from '../../domain/groups.js';
import type { Run } from '../../domain/run.js';
import { LARGE_PAYLOAD, leaveInStore } from '../../domain/run-payload.js';
import { RunStore } from '../ports/run.store.js';

/** How many runs are read at a time; a round takes up no more of them than may be in memory together. */
const MOST = 200;

/**
 * Keeps what runs carry, their parameters and the data of their events, in the store alone while they wait for others or
 * for their time: thousands of runs may wait for hours. What a run carries is written once, with the run.
 */
@Injectable()
export class RunPayloads {
  /** From how many bytes on what a run carries is left in the store. */
  least = LARGE_PAYLOAD;

  constructor(private readonly runs: RunStore) {}

  /** Drops what a stored run carries, if that is large; before it goes on, it is restored. */
  shed(run: Run): void {
    leaveInStore(run, this.least);
  }

  /** Reads what these runs carry and only the store has; a run that does not exist any more is accepted nowhere. */
  async restore(runs: readonly Run[]): Promise<void> {
    const shed = runs.filter(({ payloadInStore }) => payloadInStore !== undefined);
    for (const [organization, own] of groupsBy(shed, (run) => run.organization)) {
      for (const part of chunksOf(own, MOST)) await this.read(organization, part);
    }
  }

  private async read(organization: string, runs: readonly Run[]): Promise<void> {
    const ids = runs.map(({ id }) => id);
    const stored = new Map((await this.runs.byIds(organization, ids)).map((run) => [run.id, run]));
    for (const run of runs) {
      const { event, parameters, unreadable } = stored.get(run.id) ?? {};
      if (event) run.event = event;
      if (parameters) run.parameters = parameters;
      if (unreadable !== undefined) run.unreadable = unreadable;
      delete run.payloadInStore;
    }
  }
}
