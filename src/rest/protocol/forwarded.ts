import type { FastifyInstance } from 'fastify';
import { plainAddress } from '../../auth/rates/plain-address.js';

/** Takes the ports from what proxies say of whom they ask for, before anybody looks at it. */
export function dropForwardedPorts(server: FastifyInstance): void {
  server.addHook('onRequest', (request, _reply, done) => {
    const header = request.raw.headers['x-forwarded-for'];
    if (header !== undefined)
      request.raw.headers['x-forwarded-for'] = [header].flat().join(',').split(',').map(plainAddress).join(', ');
    done();
  });
}
