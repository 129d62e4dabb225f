import type { ActionOf } from '../domain/action.js';
import { derivedId } from '../domain/ids.js';
import { jsonParts, MOST_PARTS, TOO_MANY_PARTS } from '../domain/json-weight.js';
import type { Run } from '../domain/run.js';
import type { LimitSettings } from '../settings/settings.js';
import { ActionError, type ActionContext, type ActionResult, type ActionRunner } from './action.js';
import { outsideTypeFault } from '../domain/outside-event.js';
import { chainedId, chainOf, MAX_CHAIN_LENGTH } from './chained-id.js';
import type { EventPublisher } from './event-publisher.js';
import { RenderedSize } from './templates/rendered-size.js';
import { renderJson } from './templates/render.js';
import { templateScope } from './templates/scope.js';

/**
 * Raises an event in the organization, once for all attempts: its id derives from the run's id. The id also carries the
 * length of the chain, so that tasks that start each other come to an end (`event-chain-too-long`), and how many runs
 * the event and its successors may start (`event-descendants-used-up`).
 */
export class EventAction implements ActionRunner<'event'> {
  readonly type = 'event';

  /**
   * The publisher is a getter, called on first use: the publisher belongs to the engine, and the engine needs the
   * actions.
   */
  constructor(
    private readonly publisher: () => EventPublisher,
    private readonly limits: Pick<LimitSettings, 'eventBytes'>,
  ) {}

  async execute(action: ActionOf<'event'>, context: ActionContext): Promise<ActionResult> {
    const { run } = context;
    const fault = outsideTypeFault(action.event);
    if (fault !== null)
      throw new ActionError('event-type-reserved', `The type of the event ${fault}.`, { retryable: false });
    const size = new RenderedSize(this.limits.eventBytes, 'event-too-large', 'data of the event');
    const data = renderJson(action.data ?? null, templateScope(context), size);
    size.demand(JSON.stringify(data));
    if (jsonParts(data) > MOST_PARTS)
      throw new ActionError('event-too-large', `The data of the event ${TOO_MANY_PARTS}.`, { retryable: false });
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

/**
 * The id of the event that the run raises: the next one in its chain, with its share of the runs that the chain may
 * start.
 */
function idOfRaised(run: Run): string {
  // Of several events that started the run the longest chain counts.
  const causes = run.event ? [run.event, ...(run.event.together ?? [])] : [];
  const length = 1 + causes.reduce((longest, { id }) => Math.max(longest, chainOf(id).length), 0);
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
