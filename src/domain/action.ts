import { z } from 'zod';
import { jsonSchema } from './json.js';
import { eventTypeSchema } from './trigger.js';

const name = z.string().min(1).max(200);

export const httpActionSchema = z
  .strictObject({
    type: z.literal('http'),
    method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).default('POST'),
    url: z.string().min(1).max(4096).describe('May hold templates, as in "{{parameters.suite}}".'),
    headers: z.record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'is not a header name'), z.string()).optional(),
    body: jsonSchema.optional().describe('Sent as JSON; templates inside its strings are filled in.'),
    redirectAsGet: z
      .boolean()
      .optional()
      .describe(
        'Follows a redirect that turns the request into a GET without its body (303; 301 and 302 of a POST). ' +
          'Otherwise such an answer is a failure, for what was to be sent would not arrive.',
      ),
    waitForCallback: z
      .boolean()
      .optional()
      .describe('The run goes on after the response, until POST /v1/runs/{id}/complete ends it.'),
  })
  .meta({ id: 'HttpAction' });

export const handlerActionSchema = z
  .strictObject({ type: z.literal('handler'), name })
  .meta({ id: 'HandlerAction', description: "Calls the host application's @TaskHandler of that name." });

export const testFlowActionSchema = z
  .strictObject({ type: z.literal('test-flow'), flowId: name })
  .meta({ id: 'TestFlowAction', description: 'Starts a test flow in the execution engine.' });

export const eventActionSchema = z
  .strictObject({
    type: z.literal('event'),
    event: eventTypeSchema,
    data: jsonSchema.optional(),
  })
  .meta({ id: 'EventAction', description: 'Raises an event in the organization.' });

export const noopActionSchema = z
  .strictObject({ type: z.literal('noop'), durationMs: z.int().min(0).max(86_400_000).optional() })
  .meta({ id: 'NoopAction', description: 'Does nothing for durationMs milliseconds: first steps and load tests.' });

export const actionSchema = z
  .discriminatedUnion('type', [
    httpActionSchema,
    handlerActionSchema,
    testFlowActionSchema,
    eventActionSchema,
    noopActionSchema,
  ])
  .meta({ id: 'Action' });

/** What a task does when it runs. */
export type Action = z.infer<typeof actionSchema>;
export type ActionType = Action['type'];
export type ActionOf<Type extends ActionType> = Extract<Action, { type: Type }>;
