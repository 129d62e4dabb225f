import { z } from 'zod';
import { httpActionSchema } from './http-action.js';
import { jsonSchema } from './json.js';
import { outsideEventTypeSchema } from './outside-event.js';

const name = z.string().min(1).max(200);

export const handlerActionSchema = z
  .strictObject({ type: z.literal('handler'), name })
  .meta({ id: 'HandlerAction', description: "Calls the host application's @TaskHandler with this name." });

export const testFlowActionSchema = z
  .strictObject({ type: z.literal('test-flow'), flowId: name })
  .meta({ id: 'TestFlowAction', description: 'Starts a test flow in the execution engine.' });

export const eventActionSchema = z
  .strictObject({
    type: z.literal('event'),
    event: outsideEventTypeSchema,
    data: jsonSchema.optional(),
  })
  .meta({ id: 'EventAction', description: 'Raises an event in the organization.' });

export const noopActionSchema = z
  .strictObject({ type: z.literal('noop'), durationMs: z.int().min(0).max(86_400_000).optional() })
  .meta({ id: 'NoopAction', description: 'Does nothing for durationMs milliseconds; for first steps and load tests.' });

export const actionSchema = z
  .discriminatedUnion('type', [
    httpActionSchema,
    handlerActionSchema,
    testFlowActionSchema,
    eventActionSchema,
    noopActionSchema,
  ])
  .meta({ id: 'Action' });

export { httpActionSchema };

/** What a task does when it runs. */
export type Action = z.infer<typeof actionSchema>;
export type ActionType = Action['type'];
export type ActionOf<Type extends ActionType> = Extract<Action, { type: Type }>;
