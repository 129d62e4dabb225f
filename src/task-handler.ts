import { SetMetadata } from '@nestjs/common';

/** The metadata key under which a method says which handler it is. */
export const TASK_HANDLER = Symbol('TASK_HANDLER');

/**
 * Makes a provider's method the handler of that name: tasks with `{"type": "handler", "name": …}` call it with a
 * `HandlerContext`. What it returns becomes the run's output; what it throws fails the attempt.
 */
export const TaskHandler = (name: string): MethodDecorator => SetMetadata(TASK_HANDLER, name);
