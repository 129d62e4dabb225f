import type { FastifyInstance } from 'fastify';
import { plainAddress } from '../../../auth/rates/plain-address.js';

/** Removes the ports from the client addresses that proxies report, before anything reads them. */
export function dropForwardedPorts(server: FastifyInstance): void {
  server.addHook('onRequest', (request, _reply, done) => {
    const header = request.raw.headers['x-forwarded-for'];
    if (header !== undefined)
      request.raw.headers['x-forwarded-for'] = [header].flat().join(',').split(',').map(plainAddress).join(', ');
    done();
  });
}
