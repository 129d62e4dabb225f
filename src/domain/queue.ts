import { z } from 'zod';

/** The queue of a task that names none. */
export const DEFAULT_QUEUE = 'default';

export const QUEUE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** What a queue's name must be, as the end of a sentence. */
export const QUEUE_NAME_RULE = 'must be letters, digits, ".", "_" or "-", at most 64 of them';

/** The name of a queue: which instances work a task. */
export const queueNameSchema = z.string().regex(QUEUE_NAME, QUEUE_NAME_RULE);
