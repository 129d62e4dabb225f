import { DeadLetters } from '../../src/transports/dead-letters.js';
import type { RestWorld } from '../rest/rest-world.js';

/** Has a message of Kafka put aside that cannot be read. */
export const putAside = ({ app, clock }: RestWorld): Promise<void> =>
  app
    .get(DeadLetters, { strict: false })
    .put(
      { transport: 'kafka', topic: 'topic-of-a-tenant', organization: 'acme' },
      { position: '0/7', at: clock.now(), headers: {}, value: Buffer.from('{') },
      'malformed',
      'is no JSON',
    );
