import { kit } from './jest-kit.js';

export { idsOf, times } from '../../src/store/contract/lists.js';

/** Opens a fixture before each test of the enclosing describe and closes it afterwards. */
export const { withFixture } = kit;
