import { z } from 'zod';
import { ROLES } from '../../auth/roles.js';
import { cursorSchema } from '../http/cursor.js';
import { limitSchema } from '../http/page.js';
import { epochSchema } from '../tasks/task.requests.js';

export const apiKeyRequestSchema = z
  .strictObject({
    name: z.string().min(1).max(200).describe('What the key is for.'),
    roles: z
      .array(z.enum(ROLES))
      .min(1)
      .max(ROLES.length)
      .describe("The roles of the key; none may be beyond its creator's roles."),
    installation: z
      .literal('admin')
      .optional()
      .describe(
        'Gives the key the claim of the operators of the installation; only a caller with this claim can create such a key.',
      ),
    expiresAt: epochSchema
      .optional()
      .describe('When the key expires, at most 366 days ahead; in 90 days unless given.'),
  })
  .meta({ id: 'ApiKeyRequest' });
export type ApiKeyRequest = z.output<typeof apiKeyRequestSchema>;

export const apiKeyListQuerySchema = z.strictObject({ limit: limitSchema, cursor: cursorSchema });
export type ApiKeyListQuery = z.output<typeof apiKeyListQuerySchema>;
