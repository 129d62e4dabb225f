import { z } from 'zod';
import { idCursorSchema } from '../cursor.js';
import { limitSchema } from '../page.js';

export const instanceListQuerySchema = z.strictObject({ limit: limitSchema, cursor: idCursorSchema });
export type InstanceListQuery = z.output<typeof instanceListQuerySchema>;
