/** The objects with which the contract of the stores is written serve other tests, too. */
export * from '../../src/store/contract/builders.js';
