export type { HostIdentity, TaskRunnerApiOptions } from './api-options.js';
export { TaskRunnerApiModule } from './task-runner-api.module.js';
