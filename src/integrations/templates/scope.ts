import type { ReceivedEvent } from '../../domain/event.js';
import type { JsonObject } from '../../domain/json.js';
import type { ActionContext } from '../action.js';
import type { Confidential } from '../attempt-secrets.js';
import type { TemplateScope } from './template.js';

/** What an event is to templates. */
const shown = ({ id, type, data, receivedAt }: ReceivedEvent) => ({ id, type, data, receivedAt });

/** What the templates of an attempt see. Without `confidential` there are no secrets and no call-back token. */
export function templateScope({ task, run, attempt }: ActionContext, confidential?: Confidential): TemplateScope {
  const { parameters, name, tags } = task.definition;
  const { id, taskId, trigger } = run;
  const scheduledFor = new Date(run.scheduledFor).toISOString();
  const token: JsonObject = confidential ? { callbackToken: confidential.callbackToken } : {};
  return {
    parameters,
    event: run.event && shown(run.event),
    run: { id, taskId, trigger, scheduledFor, attempt, ...token },
    task: { id: task.id, name, organization: task.organization, tags },
    secrets: confidential?.secrets ?? {},
  };
}
