import { z } from 'zod';
import { cursorSchema } from '../cursor.js';
import { limitSchema } from '../page.js';

export const instanceListQuerySchema = z.strictObject({ limit: limitSchema, cursor: cursorSchema });
export type InstanceListQuery = z.output<typeof instanceListQuerySchema>;
