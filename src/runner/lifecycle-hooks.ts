/** The methods by which Nest tells a part that the application starts and stops. */
export const LIFECYCLE_HOOKS: readonly string[] = [
  'onModuleInit',
  'onApplicationBootstrap',
  'onModuleDestroy',
  'beforeApplicationShutdown',
  'onApplicationShutdown',
];

/** Whether an object has one of them, its own or by its class. */
export const hasHooks = (part: object): boolean => LIFECYCLE_HOOKS.some((hook) => hook in part);
