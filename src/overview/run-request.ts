import { Injectable } from '@nestjs/common';
import type { AuditEntry } from '../audit/audit-entry.js';
import { AuditService } from '../audit/audit.service.js';
import type { Json } from '../domain/json.js';
import type { Run } from '../domain/run.js';

/** Who asked for something, when (epoch ms) and why. */
export interface RunRequest {
  by: string;
  at: number;
  reason?: string;
}

/** What somebody asked of a run: to be, and to end. */
export interface AskedOfRun {
  requested?: RunRequest | undefined;
  cancelled?: RunRequest | undefined;
}

const FOR_IT: readonly string[] = ['run.requested', 'run.retried'];
const TO_END: readonly string[] = ['run.cancelled'];
/** How many entries of the trail are looked at: few name a run. */
const LOOKED_AT = 20;

/** Tells who asked for a run, and who had it cancelled, from the audit trail. */
@Injectable()
export class RunRequests {
  constructor(private readonly trail: AuditService) {}

  /** Nothing where nobody did, or the trail does not tell any more. */
  async of({ organization, id, trigger, state }: Run): Promise<AskedOfRun> {
    if (trigger !== 'manual' && trigger !== 'retry' && state !== 'cancelled') return {};
    const { items } = await this.trail.list(organization, { object: id }, { limit: LOOKED_AT });
    const own = items.filter(({ object }) => object.id === id);
    const [requested, cancelled] = [FOR_IT, TO_END].map((actions) => requestIn(own, actions));
    // Where the run ended otherwise meanwhile, nobody cancelled it.
    return { requested, cancelled: state === 'cancelled' ? cancelled : undefined };
  }
}

function requestIn(entries: readonly AuditEntry[], actions: readonly string[]): RunRequest | undefined {
  const entry = entries.findLast(({ action }) => actions.includes(action));
  if (!entry) return undefined;
  const reason = reasonIn(entry.after);
  return { by: entry.actor.id, at: entry.at, ...(reason !== undefined && { reason }) };
}

const reasonIn = (after: Json): string | undefined => {
  const reason = after !== null && typeof after === 'object' && !Array.isArray(after) ? after['reason'] : undefined;
  return typeof reason === 'string' ? reason : undefined;
};
