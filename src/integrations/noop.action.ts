import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import type { ActionOf } from '../domain/action.js';
import type { ActionContext, ActionResult, ActionRunner } from './action.js';

/** Does nothing for `durationMs` milliseconds. */
@Injectable()
export class NoopAction implements ActionRunner<'noop'> {
  readonly type = 'noop';

  constructor(private readonly clock: Clock) {}

  async execute({ durationMs = 0 }: ActionOf<'noop'>, context: ActionContext): Promise<ActionResult> {
    if (durationMs > 0) await this.clock.sleep(durationMs, context.signal);
    return {};
  }
}
