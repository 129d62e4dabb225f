/** Unit specs live beside their source, everything that needs a store, HTTP or a process in test/. */
export default {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/support/before-all.js',
  globalTeardown: '<rootDir>/test/support/after-all.js',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testMatch: ['**/*.spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
  maxWorkers: 2,
  // What each test file leaves behind in its process makes the later ones up to twice as slow.
  workerIdleMemoryLimit: '800MB',
  // Many times what the slowest test takes: a busy machine fails none, and one that hangs still ends.
  testTimeout: 180_000,
};
