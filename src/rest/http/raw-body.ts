import { PayloadTooLargeException, UnsupportedMediaTypeException } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { setBodySize } from './body-quota.interceptor.js';

const MARK = 'takesRawBody';

/** Marks a route that gets the bytes of its body, whatever their type: a signature is over bytes. */
export const TakesRawBody = (): MethodDecorator => RouteConfig({ [MARK]: true });

/** Whether the route of the request gets bytes. */
export const takesRawBody = ({ routeOptions }: FastifyRequest): boolean =>
  (routeOptions.config as unknown as Record<string, unknown>)[MARK] === true;

/** The bytes of a request to such a route. */
export const rawBodyOf = ({ body }: FastifyRequest): Buffer => (Buffer.isBuffer(body) ? body : Buffer.alloc(0));

/** Reads bodies of all other types for the routes that take them; any other route refuses those unread. */
export function readRawBodies(server: FastifyInstance, limit: number): void {
  server.addContentTypeParser('*', async (request: FastifyRequest, payload: AsyncIterable<Buffer>) => {
    if (!takesRawBody(request)) throw new UnsupportedMediaTypeException();
    const body = await readWhole(payload, Number(request.headers['content-length'] ?? 0), limit);
    setBodySize(request, body.length);
    return body;
  });
}

/** @throws PayloadTooLargeException */
async function readWhole(payload: AsyncIterable<Buffer>, declared: number, limit: number): Promise<Buffer> {
  if (declared > limit) throw new PayloadTooLargeException();
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of payload) {
    size += part.length;
    if (size > limit) throw new PayloadTooLargeException();
    parts.push(part);
  }
  return Buffer.concat(parts);
}
