import { randomBytes } from 'node:crypto';
import { placeTemporaryFiles } from './temporary-files.js';

/** The servers that some suites need, each with the variable that says where it is. */
const SERVICES = [
  ['MONGODB_URI', 'the suites on MongoDB are skipped; SQLite is tested all the same'],
  ['MONGODB_SWITCH', 'no MongoDB server is crashed; all other faults are brought about all the same'],
  ['REDIS_URL', 'the suites on locks in Redis are skipped; locks in the stores are tested all the same'],
  ['KAFKA_BROKERS', 'the suites on Kafka are skipped'],
  ['KAFKA_SWITCH', 'no Kafka broker is crashed; Redis is, where redis-server is installed'],
  ['KAFKA_CLASSPATH', 'no Kafka broker is started that asks users for passwords'],
  ['HELM_TEMPLATE', 'the Helm chart is rendered only where a renderer is found beside the project'],
];

export default function beforeAll() {
  placeTemporaryFiles();
  announceServices();
  // Inherited by every worker: the prefix of the names of all databases that this test run creates.
  process.env.TEST_DATABASES = `task-runner-test-${randomBytes(6).toString('hex')}`;
}

/** Says before the first test what will not be tested, so that nobody takes a green run for more than it is. */
function announceServices() {
  for (const [variable, consequence] of SERVICES) {
    if (!process.env[variable]) console.log(`${variable} is not set: ${consequence}.`);
  }
}
