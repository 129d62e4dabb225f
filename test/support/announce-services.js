import { randomBytes } from 'node:crypto';

/** What some suites need from outside, by the variable that says where it is. */
const SERVICES = [
  ['MONGODB_URI', 'the suites on MongoDB are skipped; SQLite is tested all the same'],
  ['MONGODB_SWITCH', 'no MongoDB server is crashed; all other faults are brought about all the same'],
  ['REDIS_URL', 'the suites on locks in Redis are skipped; locks in the stores are tested all the same'],
  ['HELM_TEMPLATE', 'the Helm chart is rendered only where a renderer is found beside the project'],
];

/** Says before the first test what will not be tested, so that a green run is not taken for more than it is. */
export default function announceServices() {
  // Inherited by every worker: how the names of the databases begin that this run of the tests makes.
  process.env.TEST_DATABASES = `task-runner-test-${randomBytes(6).toString('hex')}`;
  for (const [variable, consequence] of SERVICES) {
    if (!process.env[variable]) console.log(`${variable} is not set: ${consequence}.`);
  }
}
