import { describe } from '@jest/globals';
import { describeMongoAdapter } from './mongo-adapter.js';
import { openMongo } from './mongo-fixture.js';
import { describeMongoOutage } from './mongo-outage.js';
import { describeProcesses } from './processes.contract.js';
import { describeStore } from './store.contract.js';

const uri = process.env['MONGODB_URI'] ?? '';
const suite = uri ? describe : describe.skip;

suite(uri ? 'MongoDB' : 'MongoDB conformance suite, skipped because MONGODB_URI is not set', () => {
  describeStore('contract', () => openMongo(uri));
  describeProcesses('several processes', () => openMongo(uri));
  describeMongoAdapter(uri);
  // The way to one server can be made lossy; that to a replica set or through TLS cannot.
  if (/^mongodb:\/\/[^,@]+$/.test(uri) && !uri.includes('tls=true')) describeMongoOutage(uri);
});
