import { Reflector } from '@nestjs/core';

/** Marks a route that changes nothing, at least when it is repeated, though its method could: it needs no key. */
export const ChangesNothing = Reflector.createDecorator<boolean>();

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether a request with this method to this handler may change something, so that it honours `Idempotency-Key`. */
export const mayChange = (reflector: Reflector, method: string, handler: Parameters<Reflector['get']>[1]): boolean =>
  !READING.has(method) && reflector.get(ChangesNothing, handler) !== true;
