import { asciiLower, type RunSearch } from '../../domain/run-search.js';
import type { RunFilter } from '../../scheduling/ports/run.reads.js';
import { Conditions } from './conditions.js';
import { memberOf } from './run-rows.js';

/** How many rows one step checks whose JSON has to be looked into. */
const STEP = 200;

const GIVEN = '(SELECT value FROM json_each(?))';
/** Passes over most rows without reading their JSON. */
const mentions = (column: 'origin' | 'progress'): string => `instr(${column}, ?) > 0`;
const CODE = memberOf('progress', 'attempts[#-1].error.code');
const says = (member: string): string => `instr(lower(coalesce(${memberOf('progress', member)}, '')), ?) > 0`;
const ATTEMPTED = `EXISTS (SELECT 1 FROM json_each(CASE WHEN json_valid(progress) THEN progress ELSE '{}' END, '$.attempts')
  WHERE type = 'object' AND value ->> '$.instance' = ?)`;

/** The text as it stands within JSON. */
const quoted = (text: string): string => JSON.stringify(text).slice(1, -1);
const both = (text: string | undefined) => [text && quoted(text), text] as const;

/** What a row is tested with beyond its indexed members, and how many of them in a step where that costs. */
export function searchOf({ by, from, to, ...search }: RunFilter): { tried: Conditions; step?: number } {
  const tried = new Conditions();
  if (by === 'startedAt' || by === 'finishedAt') {
    const column = by === 'startedAt' ? '+started_at' : '+finished_at';
    tried.and(`${column} >= ?`, from).and(`${column} < ?`, to);
  }
  const { taskIds, minDurationMs } = search;
  tried
    .and(`+task_id IN ${GIVEN}`, taskIds && JSON.stringify(taskIds))
    .and('finished_at - started_at >= ?', minDurationMs);
  const inJson = inJsonOf(search);
  return inJson.isEmpty ? { tried } : { tried: tried.andTerm(inJson), step: STEP };
}

function inJsonOf({ code, text, eventId, retryOf, instance, minLatenessMs }: RunSearch): Conditions {
  const part = text && asciiLower(text);
  return new Conditions()
    .and(`${mentions('progress')} AND ${CODE} = ?`, ...both(code))
    .and(`(${says('reason')} OR ${says('attempts[#-1].error.message')})`, part, part)
    .and(`${mentions('origin')} AND ${memberOf('origin', 'event.id')} = ?`, ...both(eventId))
    .and(`${mentions('origin')} AND ${memberOf('origin', 'retryOf')} = ?`, ...both(retryOf))
    .and(`(owner = ? OR ${mentions('progress')} AND ${ATTEMPTED})`, instance, instance && quoted(instance), instance)
    .and(`${memberOf('progress', 'latenessMs')} >= ?`, minLatenessMs);
}
