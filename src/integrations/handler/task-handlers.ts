/**
 * The handlers of the application, by name, for the types of `TaskScheduler` and `TaskHandler`. An application declares
 * its own in `declare module 'scheduled-task-runner' { interface TaskHandlers { … } }`, each with the type of its
 * parameters and of its output, or as `HandlerOf` its method.
 */
// oxlint-disable-next-line no-empty-object-type
export interface TaskHandlers {}
