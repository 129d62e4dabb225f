import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { Json } from '../domain/json.js';
import type { Run } from '../domain/run.js';

/** Who asked for a run, when (epoch ms) and why. */
export interface RunRequest {
  by: string;
  at: number;
  reason?: string;
}

const ASKED: readonly string[] = ['run.requested', 'run.retried'];
/** How many entries of the trail may name a run before the one that asked for it: its cancellations and retries. */
const LOOKED_AT = 20;

/** Tells who asked for a run, from the audit trail. */
@Injectable()
export class RunRequests {
  constructor(private readonly trail: AuditService) {}

  /** Undefined where nobody did, or the trail does not tell any more. */
  async of({ organization, id, trigger }: Run): Promise<RunRequest | undefined> {
    if (trigger !== 'manual' && trigger !== 'retry') return undefined;
    const { items } = await this.trail.list(organization, { object: id }, { limit: LOOKED_AT });
    const entry = items.findLast(({ action, object }) => ASKED.includes(action) && object.id === id);
    if (!entry) return undefined;
    const reason = reasonIn(entry.after);
    return { by: entry.actor.id, at: entry.at, ...(reason !== undefined && { reason }) };
  }
}

const reasonIn = (after: Json): string | undefined => {
  const reason = after !== null && typeof after === 'object' && !Array.isArray(after) ? after['reason'] : undefined;
  return typeof reason === 'string' ? reason : undefined;
};
