export type { ExpectedOutcome, ExpectedRuns } from './expectations.js';
export type { TestOutcome } from './findings.js';
export type { Instant } from './instant.js';
export type { TestApplication } from './test-module.js';
export { TestRunner, type TestRunnerOptions } from './test-runner.js';
