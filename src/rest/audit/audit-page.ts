import type { AuditService } from '../../audit/audit.service.js';
import { BY_SEQUENCE, ListPlace } from '../http/cursor.js';
import type { MeasuredPages } from '../http/measured-pages.js';
import type { AuditQuery } from './audit.requests.js';
import { toAuditEntryResponse, type AuditPage } from './audit.response.js';

/** How many reads for actors of a type one page takes. */
const LOOKS = 4;

/** A page of a trail, newest first; `list` names the list in its cursors. */
export async function auditPage(
  list: string,
  trail: string,
  query: AuditQuery,
  audit: AuditService,
  pages: MeasuredPages,
): Promise<AuditPage> {
  const place = new ListPlace(BY_SEQUENCE, list, query);
  const { items, next } = await pages.of({
    limit: query.limit,
    after: place.after,
    read: (before, limit) => audit.list(trail, query, { before, limit }),
    positionOf: ({ sequence }) => sequence,
    show: toAuditEntryResponse,
    mostInVain: query.actorType ? LOOKS : 1,
  });
  return { items, nextCursor: next === null ? null : place.cursorAt(next) };
}
