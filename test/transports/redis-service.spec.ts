import { describe } from '@jest/globals';
import { redisBroker } from './broker-fixture.js';
import { describePublishing } from './publishing.contract.js';
import { hasRedisServer } from './redis-server.js';
import { describeSubscribing } from './subscribing.contract.js';

const suite = hasRedisServer() ? describe : describe.skip;

suite('the service with Redis, skipped where redis-server is not installed', () => {
  describePublishing(redisBroker, 'Redis');
  describeSubscribing(redisBroker, 'Redis');
});
