import { z } from 'zod';
import { headerNameSchema } from './header-name.js';

/** Most members of the data, and most headers, that a mapping can name. */
const MOST_MEMBERS = 50;

/** The way to a value in a body: names joined by dots, or a JSON pointer where a name has a dot. */
export const pathSchema = z
  .string()
  .max(200)
  .regex(/^(?:\/.*|[^.\s]+(?:\.[^.\s]+)*)$/s, 'must be names joined by dots, such as "suite.name", or a JSON pointer')
  .refine((path) => partsOfPath(path).length <= 16, 'must have at most 16 names');

/** The names that lead to a value. */
export function partsOfPath(path: string): string[] {
  if (!path.startsWith('/')) return path.split('.');
  return path
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

const prefix = z
  .string()
  .regex(/^[A-Za-z0-9._-]{0,64}$/, 'must be letters, digits, ".", "_" or "-"')
  .optional()
  .describe('What is put before the type.');

const typeSchema = z
  .union([z.strictObject({ header: headerNameSchema, prefix }), z.strictObject({ path: pathSchema, prefix })])
  .meta({ id: 'WebhookTypeMapping' });

/** How a payload from outside becomes the type and the data of an event. */
export const mappingSchema = z
  .strictObject({
    type: typeSchema.optional().describe('Where the type of the event stands, instead of `event`.'),
    data: z
      .record(z.string().min(1).max(100), pathSchema)
      .refine((data) => Object.keys(data).length <= MOST_MEMBERS, `must have at most ${MOST_MEMBERS} members`)
      .optional()
      .describe('The members of the data, each with the path of its value in the body; without it, the whole body.'),
    headers: z
      .array(headerNameSchema)
      .max(MOST_MEMBERS)
      .optional()
      .describe('Headers that the data holds; with it, the data is {body, headers}.'),
  })
  .meta({ id: 'WebhookMapping' });

export type Mapping = z.output<typeof mappingSchema>;
