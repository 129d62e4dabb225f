import { describe } from '@jest/globals';
import { openMongo } from './mongo-fixture.js';
import { describeStore } from './store.contract.js';

const uri = process.env['MONGODB_URI'];

if (uri) describeStore('MongoDB', () => openMongo(uri));
else
  describe.skip('MongoDB conformance: skipped because MONGODB_URI is not set', () =>
    describeStore('MongoDB', () => openMongo('')));
