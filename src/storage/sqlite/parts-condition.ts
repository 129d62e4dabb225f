import { leavesOutAll, MOST_EXCLUSIONS, type Exclusion, type Part } from '../../domain/part.js';
import { DEFAULT_QUEUE } from '../../domain/queue.js';
import type { Term } from './conditions.js';
import type { SqlValue } from './sql.js';

const GIVEN = '(SELECT value FROM json_each(?))';

/** The condition for rows in one of the parts, empty where all rows are wanted; `name` qualifies a column. */
export function inParts(parts: readonly Part[] | undefined, name = (column: string): string => column): Term {
  if (!parts) return { text: '', values: [] };
  const terms = parts.map((part) => inPart(part, name));
  if (terms.length === 0) return { text: '0', values: [] };
  return {
    text: `(${terms.map(({ text }) => text).join(' OR ')})`,
    values: terms.flatMap(({ values }) => values),
  };
}

/** The condition for rows that are not left out, empty where none is; `name` qualifies a column. */
export function notLeftOut(without: readonly Exclusion[] | undefined, name: (column: string) => string): Term {
  if (!without?.length) return { text: '', values: [] };
  if (leavesOutAll(without)) return { text: '0', values: [] };
  const values: SqlValue[] = [];
  const is = (column: string, value: string | undefined): string[] => {
    if (value === undefined) return [];
    values.push(value);
    return [`${column} IS ?`];
  };
  const queue = `coalesce(${name('queue')}, '${DEFAULT_QUEUE}')`;
  const terms = without
    .slice(0, MOST_EXCLUSIONS)
    .map((each) =>
      [...is(name('organization'), each.organization), ...is(queue, each.queue), ...is(name('skill'), each.skill)].join(
        ' AND ',
      ),
    );
  return { text: `NOT (${terms.join(' OR ')})`, values };
}

function inPart({ queues, skills, shards }: Part, name: (column: string) => string): Term {
  const values: SqlValue[] = [];
  const among = (of: readonly (string | number)[]): string => {
    values.push(JSON.stringify(of));
    return GIVEN;
  };
  const terms: string[] = [];
  if (shards) terms.push(`${name('shard')} IN ${among(shards)}`);
  const skilled = skills.filter((skill) => skill !== null);
  const ofSkill = skills.includes(null) ? [`${name('skill')} IS NULL`] : [];
  if (skilled.length > 0) ofSkill.push(`${name('skill')} IN ${among(skilled)}`);
  terms.push(`(${ofSkill.join(' OR ') || '0'})`);
  const queue = `coalesce(${name('queue')}, '${DEFAULT_QUEUE}')`;
  if ('among' in queues) terms.push(`${queue} IN ${among(queues.among)}`);
  else if (queues.except.length > 0) terms.push(`${queue} NOT IN ${among(queues.except)}`);
  return { text: `(${terms.join(' AND ')})`, values };
}
