import { z } from 'zod';
import { ROLES } from '../../auth/roles.js';
import { cursorSchema } from '../cursor.js';
import { limitSchema } from '../page.js';
import { epochSchema } from './task.requests.js';

export const apiKeyRequestSchema = z
  .strictObject({
    name: z.string().min(1).max(200).describe('What the key is for.'),
    roles: z
      .array(z.enum(ROLES))
      .min(1)
      .max(ROLES.length)
      .describe('What the key may do: nothing that its creator may not.'),
    installation: z
      .literal('admin')
      .optional()
      .describe('Lets it do what whoever runs the installation may; only such a caller can make such a key.'),
    expiresAt: epochSchema.optional().describe('At most 366 days ahead; in 90 days without it.'),
  })
  .meta({ id: 'ApiKeyRequest' });
export type ApiKeyRequest = z.output<typeof apiKeyRequestSchema>;

export const apiKeyListQuerySchema = z.strictObject({ limit: limitSchema, cursor: cursorSchema });
export type ApiKeyListQuery = z.output<typeof apiKeyListQuerySchema>;
