import { bounded, LEFT_REASONS, NOTHING_YET, type EventOutcome } from '../events/event-outcome.js';
import type { StoredEvent } from '../events/event.store.js';
import { storedTrace, type TraceContext } from '../domain/trace-context.js';
import { reasonOf } from '../domain/unreadable.js';
import { instantOr, isInstant, isText, isThere, isTruth, orNone, readable, textOr, type Shape } from './shape.js';

const EVENT: Shape = {
  organization: isText,
  id: isText,
  type: isText,
  data: isThere,
  receivedAt: isInstant,
  dispatched: isTruth,
  source: orNone(isText),
  digest: orNone(isText),
};

/** The event, or what stands for it where its record cannot be read. */
export function readableEvent(
  known: { readonly [Name in keyof StoredEvent]?: unknown },
  read: () => StoredEvent,
): StoredEvent {
  return readable(read, EVENT, (error) => {
    const { organization, id, type, receivedAt, dispatched, tries, failure } = known;
    return {
      ...{ organization: textOr(organization, ''), id: String(id), type: textOr(type, ''), data: null },
      ...{ receivedAt: instantOr(receivedAt, 0), dispatched: dispatched === true, unreadable: reasonOf(error) },
      ...(typeof tries === 'number' && tries > 0 && { tries }),
      ...(typeof failure === 'string' && { failure }),
    };
  });
}

/** Where in a trace an event came from, as it is stored; nothing where it cannot be read. */
export function readableTrace(text: unknown): { trace?: TraceContext } {
  if (!isText(text)) return {};
  try {
    const trace = storedTrace(JSON.parse(text as string));
    return trace ? { trace } : {};
  } catch {
    return {};
  }
}

/** What came of an event, as it is stored; what cannot be read is left out. */
export function readableOutcome(text: string | null | undefined): EventOutcome {
  if (text === null || text === undefined) return NOTHING_YET;
  try {
    const { runs, left, isRunsCut, isLeftCut } = JSON.parse(text) as Record<keyof EventOutcome, unknown>;
    return bounded({
      runs: listOf(runs).filter(
        ({ taskId, runId }) => isText(taskId) && isText(runId),
      ) as unknown as EventOutcome['runs'],
      left: listOf(left).filter(
        ({ taskId, reason, until }) =>
          isText(taskId) &&
          (LEFT_REASONS as readonly unknown[]).includes(reason) &&
          (until === undefined || isInstant(until)),
      ) as unknown as EventOutcome['left'],
      ...(isRunsCut === true && { isRunsCut }),
      ...(isLeftCut === true && { isLeftCut }),
    });
  } catch {
    return NOTHING_YET;
  }
}

const listOf = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value)
    ? value.filter((item): item is Record<string, unknown> => typeof item === 'object' && item !== null)
    : [];
