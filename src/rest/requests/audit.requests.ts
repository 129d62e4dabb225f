import { z } from 'zod';
import { cursorSchema } from '../cursor.js';
import { limitSchema } from '../page.js';
import { epochSchema } from './task.requests.js';

export const auditQuerySchema = z.strictObject({
  actor: z.string().min(1).max(200).optional().describe('Who: the subject of a token, or the id of a key or a source.'),
  action: z.string().min(1).max(100).optional().describe('What was done, such as task.created.'),
  object: z.string().min(1).max(200).optional().describe('The id of what it was done to, or of what that belongs to.'),
  from: epochSchema.optional().describe('Entries of this instant or later.'),
  to: epochSchema.optional().describe('Entries of before this instant.'),
  limit: limitSchema,
  cursor: cursorSchema,
});
export type AuditQuery = z.output<typeof auditQuerySchema>;
