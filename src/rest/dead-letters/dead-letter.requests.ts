import { z } from 'zod';
import { cursorSchema } from '../http/cursor.js';
import { limitSchema } from '../http/page.js';

export const deadLetterListQuerySchema = z.strictObject({ limit: limitSchema, cursor: cursorSchema });
export type DeadLetterListQuery = z.output<typeof deadLetterListQuerySchema>;
