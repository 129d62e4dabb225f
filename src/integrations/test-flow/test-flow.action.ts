import { Injectable } from '@nestjs/common';
import type { ActionOf } from '../../domain/action.js';
import type { ActionContext, ActionResult, ActionRunner } from '../action.js';
import { ExecutionEngine } from './execution-engine.js';

/** Starts a test flow in the execution engine; the run's output is the engine's answer. */
@Injectable()
export class TestFlowAction implements ActionRunner<'test-flow'> {
  readonly type = 'test-flow';

  constructor(private readonly engine: ExecutionEngine) {}

  async execute({ flowId }: ActionOf<'test-flow'>, context: ActionContext): Promise<ActionResult> {
    const { task, run, attempt, signal } = context;
    const { parameters } = task.definition;
    const output = await this.engine.start(flowId, { runId: run.id, attempt, parameters }, signal);
    context.log('info', `Started the test flow ${flowId}.`);
    return { output };
  }
}
