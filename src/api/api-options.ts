import type { CanActivate, ModuleMetadata, Type } from '@nestjs/common';
import { SettingsError } from '../domain/errors.js';
import { ROLES, isRole, type Role } from '../auth/roles.js';
import type { Caller } from '../auth/caller.js';
import { undefinedFault } from '../options.js';

/** Who sends a request, in the words of the runner. */
export interface HostIdentity {
  /** The organization whose tasks it can reach, and no others. */
  organization: string;
  /** Who it is, for the audit trail. */
  subject: string;
  /** `viewer`, `operator`, `editor` or `admin`; each includes the ones before it. */
  roles: readonly Role[];
  /** Whether it may change the settings of the installation. Default false. */
  installation?: boolean;
}

type Known = HostIdentity | null | undefined;

/** The options of `TaskRunnerApiModule.forRoot`. */
export interface TaskRunnerApiOptions<Request = never> extends Pick<ModuleMetadata, 'imports'> {
  /** The path under which the API is, such as `scheduler`: its tasks are at `/scheduler/v1/tasks`. */
  prefix: string;
  /**
   * Tells who sends a request of the host's server, after the guards have passed; null or undefined if that is not known,
   * which is answered with 401.
   */
  identity: (request: Request) => Known | Promise<Known>;
  /** Guards of the host that each request has to pass, documentation included. Default none. */
  guards?: readonly Type<CanActivate>[];
  /** Whether Swagger UI is at `<prefix>/docs`, and the OpenAPI document at `<prefix>/docs-json`. Default true. */
  docs?: boolean;
  /** Whether the dashboard is at `<prefix>/dashboard/`. Default true. */
  dashboard?: boolean;
  /** The name of the runner; by default the one without a name. */
  runner?: string;
  /** The most requests of an organization in a minute. Default 6000. */
  requestsPerMinute?: number;
}

const KNOWN = ['prefix', 'identity', 'guards', 'docs', 'dashboard', 'runner', 'requestsPerMinute', 'imports'];
const PREFIX = /^\/?[A-Za-z0-9._~-]+(\/[A-Za-z0-9._~-]+)*\/?$/;

export interface ResolvedApiOptions extends Required<Omit<TaskRunnerApiOptions, 'runner' | 'imports' | 'identity'>> {
  /** With a slash before it, and none behind it. */
  prefix: string;
  runner: string | undefined;
  identity: (request: unknown) => Known | Promise<Known>;
}

/** The options with their defaults. @throws SettingsError with a sentence for each fault */
export function resolveApiOptions(options: TaskRunnerApiOptions): ResolvedApiOptions {
  const { prefix, identity, guards = [], docs = true, dashboard = true, runner, requestsPerMinute = 6000 } = options;
  const faults = [
    ...Object.entries(options).flatMap(([key, value]: [string, unknown]) =>
      !KNOWN.includes(key) ? [`${key} is not an option.`] : value === undefined ? [undefinedFault(key)] : [],
    ),
    ...(typeof prefix === 'string' && PREFIX.test(prefix) ? [] : ['prefix must be a path, such as "scheduler".']),
    ...(typeof identity === 'function' ? [] : ['identity must be a function that tells who sends a request.']),
    ...(Array.isArray(guards) && guards.every((guard) => typeof guard === 'function')
      ? []
      : ['guards must be a list of classes.']),
    ...(typeof docs === 'boolean' ? [] : ['docs must be true or false.']),
    ...(typeof dashboard === 'boolean' ? [] : ['dashboard must be true or false.']),
    ...(Number.isSafeInteger(requestsPerMinute) && requestsPerMinute > 0
      ? []
      : ['requestsPerMinute must be a whole number above 0.']),
  ];
  if (faults.length > 0) throw new SettingsError(`TaskRunnerApiModule: ${faults.join(' ')}`);
  const path = `/${prefix.replace(/^\/|\/$/g, '')}`;
  return {
    prefix: path,
    identity: identity as ResolvedApiOptions['identity'],
    guards,
    docs,
    dashboard,
    runner,
    requestsPerMinute,
  };
}

/** The identity as a caller. @throws Error when it is none: a fault of the host's, which lets nobody in */
export function callerFrom(identity: HostIdentity | null | undefined): Caller | null {
  if (identity === null || identity === undefined) return null;
  const { organization, subject, roles, installation = false } = identity;
  const isText = (value: unknown) => typeof value === 'string' && value.length > 0 && value.length <= 200;
  if (!isText(organization) || !isText(subject)) {
    throw new Error('identity must tell organization and subject, each a text of 1 to 200 characters.');
  }
  if (!Array.isArray(roles) || !roles.every(isRole))
    throw new Error(`identity must tell roles, of ${ROLES.join(', ')}.`);
  return { organization, subject, roles, ...(installation === true && { installation }) };
}
