import { z } from 'zod';
import { pauseReasonSchema } from '../../domain/pause.js';

export const queuePauseRequestSchema = z.strictObject({ reason: pauseReasonSchema }).meta({ id: 'QueuePauseRequest' });
export type QueuePauseRequest = z.output<typeof queuePauseRequestSchema>;
