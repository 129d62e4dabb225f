import type { GatheredEvent } from '../../domain/event.js';
import type { JsonObject } from '../../domain/json.js';
import { parametersOf } from '../../domain/run.js';
import type { ActionContext } from '../action.js';
import type { Confidential } from '../attempt-secrets.js';
import type { TemplateScope } from './template.js';

/** The view of an event in templates. */
const shown = ({ id, type, data, receivedAt }: GatheredEvent) => ({ id, type, data, receivedAt });

/**
 * The values that the templates of an attempt see. Without `confidential` there are no secrets and no callback token, and
 * without the address of the API no address to call back.
 */
export function templateScope(
  { task, run, attempt }: ActionContext,
  confidential?: Confidential,
  publicUrl: string | null = null,
): TemplateScope {
  const { name, tags } = task.definition;
  const { id, taskId, trigger } = run;
  const scheduledFor = new Date(run.scheduledFor).toISOString();
  const token: JsonObject = confidential ? { callbackToken: confidential.callbackToken } : {};
  const address: JsonObject = publicUrl === null ? {} : { callbackUrl: callbackUrlOf(publicUrl, id) };
  return {
    parameters: parametersOf(run, task),
    event: run.event && shown(run.event),
    events: run.event ? [...(run.event.together ?? []), run.event].map(shown) : [],
    run: { id, taskId, trigger, scheduledFor, attempt, ...token, ...address },
    task: { id: task.id, name, organization: task.organization, tags },
    secrets: confidential?.secrets ?? {},
  };
}

/** Where the attempt of a run is completed; `publicUrl` is the address of the API as receivers see it. */
export const callbackUrlOf = (publicUrl: string, runId: string): string =>
  `${publicUrl.replace(/\/+$/, '')}/v1/runs/${encodeURIComponent(runId)}/complete`;

/** Tells receivers where they call back. */
export class CallbackAddresses {
  constructor(private readonly publicUrl: string | null = null) {}

  /** Where the attempt that got the token is completed, and takes heartbeats; null when nobody can call. */
  of(runId: string, token: string): { completeUrl: string; heartbeatUrl: string; token: string } | null {
    if (this.publicUrl === null) return null;
    const completeUrl = callbackUrlOf(this.publicUrl, runId);
    return { completeUrl, heartbeatUrl: completeUrl.replace(/complete$/, 'heartbeat'), token };
  }
}

/** Makes the values that requests to receivers may hold. */
export class TemplateScopes {
  constructor(private readonly publicUrl: string | null = null) {}

  of(context: ActionContext, confidential: Confidential): TemplateScope {
    return templateScope(context, confidential, this.publicUrl);
  }
}
