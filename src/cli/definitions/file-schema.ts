import { z } from 'zod';
import { taskDefinitionSchema } from '../../domain/task-definition.js';

/** What a set of definitions, and a definition in it, may be called: both are parts of one tag. */
export const SET_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,19}$/;
export const TASK_KEY = /^[A-Za-z0-9][A-Za-z0-9._-]{0,34}$/;
/** The most tasks of one set, and the tags that are left to the author. */
export const MOST_TASKS = 10_000;
const MOST_TAGS = 18;

const secretSourceSchema = z
  .union([z.strictObject({ env: z.string().min(1).max(200) }), z.strictObject({ file: z.string().min(1).max(4096) })])
  .describe('Where the value is when the file is applied: a variable of the environment, or a file. Never the value.');

const extras = {
  id: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('A task that is there already, and that this file takes over. Ignored where there is none of this id.'),
  tags: z.array(z.string().min(1).max(64)).max(MOST_TAGS).default([]),
  secrets: z.record(z.string(), secretSourceSchema).default({}),
};

const frameOf = <Extended extends z.ZodRawShape>(extended: Extended) =>
  z.strictObject({
    $schema: z.string().optional(),
    set: z
      .string()
      .regex(SET_NAME)
      .default('default')
      .describe('Tells the tasks of this file from those of others. A set may be in several files.'),
    tasks: z
      .record(z.string().regex(TASK_KEY), taskDefinitionSchema.extend({ ...extras, ...extended }))
      .describe('Tasks by a key that stays, whatever their name becomes.'),
  });

/** As files are read: of triggers, the service knows more types than are built in. */
export const definitionFileSchema = frameOf({ triggers: z.array(z.unknown()).min(1).max(20) });

export type DefinitionFile = z.output<typeof definitionFileSchema>;
export type SecretSource = z.output<typeof secretSourceSchema>;

/** The JSON Schema of such files, for editors. */
export const fileJsonSchema = (): object =>
  z.toJSONSchema(frameOf({}), { io: 'input', unrepresentable: 'any', target: 'draft-7' });
