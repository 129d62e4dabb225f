import type { AuditFilter } from '../../audit/audit.store.js';
import { auditQuery } from './audit.document.js';
import type { Walk } from './look.js';

/** The way to the entries that a filter lets through: by their object, by who did it, by what was done, or all of the chain. */
export function walkTo(organization: string, filter: AuditFilter, order: 1 | -1): Walk<number> {
  const { actor, action, object } = filter;
  const way = { key: 'sequence', order } as const;
  const { organization: _, ...all } = auditQuery(organization, filter);
  if (object !== undefined) {
    const { objects, ...tried } = all;
    return { ...way, hint: 'object', along: { organization, objects }, tried };
  }
  if (actor !== undefined) {
    const { actor: by, ...tried } = all;
    return { ...way, hint: 'actor', along: { organization, actor: by }, tried };
  }
  if (action !== undefined) {
    const { action: done, ...tried } = all;
    return { ...way, hint: 'action', along: { organization, action: done }, tried };
  }
  return { ...way, hint: 'chain', along: { organization }, tried: all };
}
