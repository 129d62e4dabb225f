import { z } from 'zod';
import { cursorSchema } from '../http/cursor.js';
import { limitSchema } from '../http/page.js';

export const instanceListQuerySchema = z.strictObject({ limit: limitSchema, cursor: cursorSchema });
export type InstanceListQuery = z.output<typeof instanceListQuerySchema>;
