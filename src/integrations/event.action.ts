import type { ActionOf } from '../domain/action.js';
import { derivedId } from '../domain/ids.js';
import type { Run } from '../domain/run.js';
import type { LimitSettings } from '../settings/settings.js';
import { ActionError, type ActionContext, type ActionResult, type ActionRunner } from './action.js';
import type { EventPublisher } from './event-publisher.js';
import { RenderedSize } from './templates/rendered-size.js';
import { renderJson } from './templates/render.js';
import { templateScope } from './templates/scope.js';

/** How many events in a row may each have been raised by a run that the one before started. */
export const MAX_CHAIN_LENGTH = 16;

/**
 * Raises an event in the organization, once however many attempts it takes: its id derives from the run's. The id also
 * counts how long the chain of events is, so that tasks that start each other come to an end (`event-chain-too-long`).
 */
export class EventAction implements ActionRunner<'event'> {
  readonly type = 'event';

  /** The publisher is asked for when it is first needed, since it belongs to the engine, which needs the actions. */
  constructor(
    private readonly publisher: () => EventPublisher,
    private readonly limits: Pick<LimitSettings, 'eventBytes'>,
  ) {}

  async execute(action: ActionOf<'event'>, context: ActionContext): Promise<ActionResult> {
    const { run } = context;
    const size = new RenderedSize(this.limits.eventBytes, 'event-too-large', 'data of the event');
    const data = renderJson(action.data ?? null, templateScope(context), size);
    size.demand(JSON.stringify(data));
    const { eventId, runs } = await this.publisher().publish(run.organization, action.event, data, chainedId(run));
    context.log('info', `Raised the event ${action.event}.`, { eventId, runs });
    return { output: { eventId, runs } };
  }
}

/** Ids of that form come from here alone; one from outside begins a chain. */
const CHAINED_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.(\d{1,2})$/;

/** `<id derived from the run>.<length of the chain>` */
function chainedId(run: Run): string {
  const length = 1 + Number(CHAINED_ID.exec(run.event?.id ?? '')?.[1] ?? 0);
  if (length > MAX_CHAIN_LENGTH) {
    const message = `${MAX_CHAIN_LENGTH} events in a row started each other; this one is not raised.`;
    throw new ActionError('event-chain-too-long', message, { retryable: false });
  }
  return `${derivedId(run.scheduledFor, 'raised-event', run.id)}.${length}`;
}
