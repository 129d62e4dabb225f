import { z } from 'zod';
import { headerNameSchema } from '../domain/header-name.js';

const standard = z.strictObject({ type: z.literal('standard') });
const github = z.strictObject({ type: z.literal('github') });
const gitlab = z.strictObject({ type: z.literal('gitlab') });
const stripe = z.strictObject({ type: z.literal('stripe') });
const slack = z.strictObject({ type: z.literal('slack') });
const hmac = z.strictObject({
  type: z.literal('hmac'),
  header: headerNameSchema.describe('The header of the signature.'),
  algorithm: z.enum(['sha256', 'sha384', 'sha512']).default('sha256'),
  encoding: z.enum(['hex', 'base64']).default('hex'),
  prefix: z.string().max(50).default('').describe('What stands before the signature, such as "sha256=".'),
  idHeader: headerNameSchema
    .optional()
    .describe('The header of the id by which the sender names a message; without it, the body is its own name.'),
  timestampHeader: headerNameSchema
    .optional()
    .describe('The header of the time in Unix seconds; with it, the time, a dot and the body are signed.'),
});

/** How the requests of a source are signed. */
export const schemeSchema = z
  .discriminatedUnion('type', [standard, github, gitlab, stripe, slack, hmac])
  .meta({ id: 'WebhookScheme' });

export type Scheme = z.output<typeof schemeSchema>;
export type SchemeType = Scheme['type'];
export const SCHEME_TYPES: readonly SchemeType[] = schemeSchema.options.map(({ shape }) => shape.type.value);
export type HmacScheme = z.output<typeof hmac>;
