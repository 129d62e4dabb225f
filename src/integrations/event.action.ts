import type { ActionOf } from '../domain/action.js';
import { derivedId } from '../domain/ids.js';
import type { Run } from '../domain/run.js';
import type { LimitSettings } from '../settings/settings.js';
import { ActionError, type ActionContext, type ActionResult, type ActionRunner } from './action.js';
import { chainedId, chainOf } from './chained-id.js';
import type { EventPublisher } from './event-publisher.js';
import { RenderedSize } from './templates/rendered-size.js';
import { renderJson } from './templates/render.js';
import { templateScope } from './templates/scope.js';

/** How many events in a row may each have been raised by a run that the one before started. */
export const MAX_CHAIN_LENGTH = 16;

/**
 * Raises an event in the organization, once however many attempts it takes: its id derives from the run's. The id also
 * counts how long the chain of events is, so that tasks that start each other come to an end (`event-chain-too-long`), and how
 * many runs it may start with all that follow (`event-descendants-used-up`).
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
    const {
      eventId,
      runs,
      refused = 0,
    } = await this.publisher().publish(run.organization, action.event, data, idOfRaised(run));
    context.log('info', `Raised the event ${action.event}.`, { eventId, runs });
    if (refused > 0) context.log('warn', `${refused} more tasks wait for it, beyond what it may start.`, { refused });
    return { output: { eventId, runs } };
  }
}

/** The id of the event that the run raises: the next in its chain, with its part of what that may start. */
function idOfRaised(run: Run): string {
  const length = 1 + chainOf(run.event?.id ?? '').length;
  const descendants = run.event?.descendants;
  if (descendants !== undefined && descendants < 1) {
    const message =
      'The event that started this has, with all that followed, no run left to start; this one is not raised.';
    throw new ActionError('event-descendants-used-up', message, { retryable: false });
  }
  if (length > MAX_CHAIN_LENGTH) {
    const message = `${MAX_CHAIN_LENGTH} events in a row started each other; this one is not raised.`;
    throw new ActionError('event-chain-too-long', message, { retryable: false });
  }
  return chainedId(derivedId(run.scheduledFor, 'raised-event', run.id), { length, descendants });
}
