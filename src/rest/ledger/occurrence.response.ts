import type { LedgerEntry, LedgerOutcome } from '../../domain/ledger.js';
import { RUN_STATES, RUN_TRIGGERS, type Run, type RunState, type RunTrigger } from '../../domain/run.js';
import type { LedgerPage } from '../../ledger/ledger.service.js';
import type { LedgerPosition, Outcome } from '../../ledger/merge-page.js';
import type { ListPlace } from '../http/cursor.js';
import { toIso } from '../../domain/instants.js';
import { respond, Shown, ShownInstant } from '../http/expose.js';

/** The possible outcomes of an occurrence. */
export const OUTCOMES = [...RUN_STATES, 'coalesced'];

/** The outcome of an occurrence, or of a stretch of occurrences that did not run. */
export class OccurrenceResponse {
  @ShownInstant({
    required: false,
    description: 'The nominal time of one occurrence; a stretch has from, to and count.',
  })
  scheduledFor?: string;

  @ShownInstant({ required: false, description: 'The first occurrence of a stretch.' })
  from?: string;

  @ShownInstant({ required: false, description: 'The last occurrence of a stretch.' })
  to?: string;

  @Shown({ type: 'integer', required: false, description: 'How many occurrences the stretch has.' })
  count?: number;

  @Shown({ enum: OUTCOMES, description: 'The state of its run, or why there is none.' })
  outcome!: RunState | LedgerOutcome;

  @Shown({ type: String, nullable: true, description: 'The reason, if it is not obvious.' })
  reason!: string | null;

  @Shown({ required: false, format: 'uuid' })
  runId?: string;

  @Shown({ required: false, enum: RUN_TRIGGERS, description: 'What made the run.' })
  trigger?: RunTrigger;
}

/** A page of a task's ledger, oldest first. */
export class OccurrencePage {
  @Shown({ type: [OccurrenceResponse] })
  items!: OccurrenceResponse[];

  @Shown({ type: String, nullable: true, description: 'The cursor of the next page, for &cursor=; null at the end.' })
  nextCursor!: string | null;
}

export const toOccurrencePage = ({ items, next }: LedgerPage, place: ListPlace<LedgerPosition>): OccurrencePage =>
  respond(OccurrencePage, {
    items: items.map(shown),
    nextCursor: next && place.cursorAt(next),
  });

export const toOccurrenceResponse = (item: Outcome): OccurrenceResponse => respond(OccurrenceResponse, shown(item));

const shown = (item: Outcome): OccurrenceResponse => ('run' in item ? ofRun(item.run) : ofEntry(item.entry));

const ofRun = ({ id, scheduledFor, state, reason, trigger }: Run): OccurrenceResponse => ({
  scheduledFor: toIso(scheduledFor),
  outcome: state,
  reason,
  runId: id,
  trigger,
});

const ofEntry = ({ from, to, count, outcome, reason }: LedgerEntry): OccurrenceResponse =>
  from === to
    ? { scheduledFor: toIso(from), outcome, reason }
    : { from: toIso(from), to: toIso(to), count, outcome, reason };
