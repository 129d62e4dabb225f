import { z } from 'zod';
import { ACTOR_TYPES } from '../../audit/actor.js';
import { cursorSchema } from '../http/cursor.js';
import { wholeNumber } from '../http/numbers.js';
import { limitSchema } from '../http/page.js';
import { severalSchema } from '../http/several.js';
import { epochSchema } from '../tasks/task.requests.js';

const TOGETHER = 'must be given with the sequence and the hash of a head';

export const auditQuerySchema = z.strictObject({
  actor: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('Entries of this actor: the subject of a token, or the id of a key or of a source.'),
  actorType: severalSchema(z.enum(ACTOR_TYPES), ACTOR_TYPES.length)
    .optional()
    .describe(
      'Entries of such actors; repeated, of any of these: user and api-key for what people and programs asked for.',
    ),
  action: z.string().min(1).max(100).optional().describe('Entries of this action, such as task.created.'),
  object: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('Entries about the object with this id, or about objects that belong to it.'),
  from: epochSchema.optional().describe('Entries at this instant or later.'),
  to: epochSchema.optional().describe('Entries before this instant.'),
  limit: limitSchema,
  cursor: cursorSchema,
});
export const verifyQuerySchema = z
  .strictObject({
    sequence: wholeNumber(1, Number.MAX_SAFE_INTEGER, 0).describe(
      'Of a head that was kept: the sequence of its entry.',
    ),
    hash: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be a hash in hexadecimal')
      .optional()
      .describe('The hash of that entry.'),
  })
  .refine(({ sequence, hash }) => sequence === 0 || hash !== undefined, { path: ['hash'], error: TOGETHER })
  .refine(({ sequence, hash }) => sequence !== 0 || hash === undefined, { path: ['sequence'], error: TOGETHER });
export type VerifyQuery = z.output<typeof verifyQuerySchema>;

export type AuditQuery = z.output<typeof auditQuerySchema>;
