import { z } from 'zod';
import { calendarUseSchema, type CalendarUse } from '../domain/calendar.js';
import { InvalidInputError } from '../domain/errors.js';
import { faultsOf, within } from '../domain/faults.js';
import type { grantsSchema } from '../domain/grants.js';
import type { InstallationSettings } from '../domain/installation-settings.js';
import type { organizationSettingsSchema } from '../domain/organization-settings.js';
import type { FailedState } from '../domain/run.js';
import { skipReasonSchema } from '../domain/skip.js';
import type { VersionCondition } from '../domain/version-condition.js';
import { MOST_CHANGED, type BulkOptions } from '../scheduling/tasks/bulk-changes.js';
import type { ParametersOf } from '../integrations/handler/handler-types.js';

/** Which task of the organization it is, and what becomes of the one that is there already. */
export interface ScheduleOptions {
  /** The caller's own name for the task. Without it, each call makes a new task. */
  key?: string;
  onExisting?: 'keep' | 'change';
}

/** How a run is started by hand. */
export interface RunNowOptions<Name extends string = string> {
  /** In place of the task's parameters, for this run. */
  parameters?: ParametersOf<Name>;
  /** The caller's own name for the run: a repeated call within a day gets the run that it started. */
  idempotencyKey?: string;
}

/** Which missed occurrences of a task to run, how fast, or whether only to report them. */
export interface BackfillOptions {
  from: Date;
  to: Date;
  everyMs?: number;
  dryRun?: boolean;
}

/** Which failed runs to run again, how many at most and how fast, or whether only to report them. */
export interface RedriveOptions {
  taskId?: string;
  from?: Date;
  to?: Date;
  states?: readonly FailedState[];
  /** The code of the last attempt's error, such as `http-503`, `timeout` or `instance-lost`. */
  code?: string;
  /** Text that the failure's reason contains, in any case. */
  text?: string;
  limit?: number;
  everyMs?: number;
  dryRun?: boolean;
}

/** How many tasks to change, where to go on, or whether only to report them. */
export interface BulkChangeOptions {
  /** Up to 1,000, which is the default. */
  limit?: number;
  /** The `next` of the call before. */
  after?: string;
  dryRun?: boolean;
}

export interface PauseManyOptions extends BulkChangeOptions {
  reason: string;
  /** When the tasks resume by themselves. */
  until?: Date;
}

/** What a trigger is previewed with. */
export interface PreviewOptions {
  /** The preview begins after it; by default now. */
  from?: Date;
  /** 1 to 1,000; 10 by default. */
  count?: number;
  /** Calendars of the organization, as a task has them. */
  calendars?: CalendarUse[];
}

/** Which entries of a log to read. */
export interface LogOptions {
  /** The sequence behind which to begin. */
  after?: number;
  /** Up to 1,000, which is the default. */
  limit?: number;
}

/** From where to follow a log, and until when. */
export interface FollowLogOptions {
  /** The sequence behind which to begin. */
  after?: number;
  signal?: AbortSignal;
}

/** The version that is to be changed; without it, whichever there is. */
export interface VersionOption {
  version?: number;
}

/** What an organization sets for all of its tasks; a missing member gets its default. */
export type SettingsInput = z.input<typeof organizationSettingsSchema>;
/** What the installation grants an organization; a missing member gets its default. */
export type GrantsInput = z.input<typeof grantsSchema>;
/** What changes for all instances; null goes back to what the environment says. */
export type InstallationPatch = Nullable<InstallationSettings>;
type Nullable<Value> = Value extends object ? { [Name in keyof Value]?: Nullable<Value[Name]> | null } : Value;

const MOST_ENTRIES = 1000;

const calendarUses = z.array(calendarUseSchema).max(10);

/** @throws InvalidInputError */
export function calendarsOf(input: unknown): CalendarUse[] {
  const parsed = calendarUses.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new InvalidInputError(within('/calendars', faultsOf(parsed.error)));
}

/** A number of items from 1 to 1,000. @throws InvalidInputError that names the parameter */
export function countOf(count: number, parameter: string): number {
  if (Number.isInteger(count) && count >= 1 && count <= MOST_ENTRIES) return count;
  throw new InvalidInputError([{ parameter, detail: `must be a whole number from 1 to ${MOST_ENTRIES}` }]);
}

/** An instant in epoch ms. @throws InvalidInputError for a date that is none */
export function instantOf(at: Date): number {
  const ms = at.getTime();
  if (Number.isInteger(ms)) return ms;
  throw new InvalidInputError([{ parameter: 'at', detail: 'must be a date' }]);
}

/** Why an occurrence is skipped. @throws InvalidInputError */
export function skipReasonOf(input: unknown): string {
  const parsed = skipReasonSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new InvalidInputError(faultsOf(parsed.error).map(({ detail }) => ({ parameter: 'reason', detail })));
}

export const bulkOptionsOf = ({ limit = MOST_CHANGED, after, dryRun = false }: BulkChangeOptions): BulkOptions => ({
  limit: countOf(limit, 'limit'),
  after,
  dryRun,
});

export const conditionOf = (version: number | undefined): VersionCondition | undefined =>
  version === undefined ? undefined : { oneOf: [String(version)], noneOf: [] };
