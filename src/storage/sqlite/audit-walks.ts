import type { AuditFilter } from '../../audit/audit.store.js';
import { Conditions } from './conditions.js';
import type { Walk } from './look.js';

/** The way to the entries that a filter lets through: by their object, by who did it, by what was done, or all of the chain. */
export function walkTo<Row extends { sequence: number }>(
  columns: string,
  organization: string,
  { actor, action, object, from, to }: AuditFilter,
  order: Walk<Row, number>['order'],
): Walk<Row, number> {
  const tried = new Conditions().and('+e.at >= ?', from).and('+e.at < ?', to);
  const way = { columns, order, keyOf: ({ sequence }: Row) => sequence, tried };
  if (object !== undefined) {
    tried.and('+e.actor = ?', actor).and('+e.action = ?', action);
    const joined = 'CROSS JOIN audit_entries e ON e.organization = o.organization AND e.sequence = o.sequence';
    const along = new Conditions().and('o.organization = ? AND o.object = ?', organization, object);
    return { ...way, from: 'audit_objects o', joined, key: 'o.sequence', along };
  }
  const along = new Conditions().and('e.organization = ?', organization).and('e.actor = ?', actor);
  if (actor !== undefined) {
    return { ...way, from: entriesBy('actor'), key: 'e.sequence', along, tried: tried.and('+e.action = ?', action) };
  }
  along.and('e.action = ?', action);
  return { ...way, from: action === undefined ? 'audit_entries e' : entriesBy('action'), key: 'e.sequence', along };
}

const entriesBy = (column: 'actor' | 'action'): string => `audit_entries e INDEXED BY audit_entries_by_${column}`;
