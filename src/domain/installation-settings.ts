import { z } from 'zod';
import { quotasSchema, type QuotaName } from './quotas.js';
import { publishSchema, subscribeSchema } from './routes.js';
import { SERVICE_LOG_LEVELS } from './service-log-levels.js';

const upTo = (least: number, most: number, what: string) => z.int().min(least).max(most).describe(what).exactOptional();

const DAYS = 3650;

/**
 * The operator's settings for all instances, which count at once. Each narrows what the environment of an instance
 * allows; what is not given is as the environment says.
 */
export const installationSettingsSchema = z
  .strictObject({
    concurrency: upTo(1, 100_000, 'How many runs may be under way at a time, on each instance.'),
    horizonMs: upTo(100, 86_400_000, 'How far ahead occurrences are loaded, in milliseconds.'),
    rateLimitPerMinute: upTo(1, 10_000_000, 'Requests of an organization per minute, on each instance.'),
    authFailuresPerMinute: upTo(1, 1_000_000, 'Failed authentications of an address per minute, on each instance.'),
    quotas: quotasSchema
      .exactOptional()
      .describe('Ceilings of the quotas of every organization that has none of its own.'),
    retention: z
      .strictObject({
        runsDays: upTo(1, DAYS, 'How long finished runs are kept.'),
        failedRunsDays: upTo(
          1,
          DAYS,
          'How long runs that failed or timed out are kept; as long as others unless given.',
        ),
        eventsDays: upTo(1, DAYS, 'How long events are kept.'),
        auditDays: upTo(1, 10 * DAYS, 'How long entries of the audit trail are kept.'),
      })
      .exactOptional()
      .describe('How long finished objects are kept, in days.'),
    logLevel: z
      .enum(SERVICE_LOG_LEVELS)
      .exactOptional()
      .describe('From which level on the service logs. It may also be finer than the environment says.'),
    notifications: z
      .strictObject({
        paused: z.boolean().describe('Nothing goes out to notification channels; what is due waits.').exactOptional(),
      })
      .exactOptional()
      .describe('What goes out to the notification channels of all organizations.'),
    paused: z
      .strictObject({ reason: z.string().trim().min(1).max(500).describe('Why nothing starts.') })
      .nullable()
      .exactOptional()
      .describe('An emergency pause of everything: nothing starts on any instance; what runs goes on. Null ends it.'),
    publish: publishSchema.exactOptional(),
    subscribe: subscribeSchema.exactOptional(),
  })
  .meta({ id: 'InstallationSettings' });

export type InstallationSettings = z.infer<typeof installationSettingsSchema>;

/** The names of settings, with those of a section as in `retention.runsDays`. */
export type SettingKey =
  | 'concurrency'
  | 'horizonMs'
  | 'rateLimitPerMinute'
  | 'authFailuresPerMinute'
  | 'logLevel'
  | 'notifications.paused'
  | `quotas.${QuotaName}`
  | `retention.${keyof NonNullable<InstallationSettings['retention']>}`;

export type SettingValue = number | string | boolean | null;

/** Settings of which quotas may be without a limit, and the retention of failed runs as that of the others. */
type Unlimited = Omit<InstallationSettings, 'quotas' | 'retention'> & {
  quotas?: { [Name in QuotaName]?: number | null };
  retention?: { [Name in keyof NonNullable<InstallationSettings['retention']>]?: number | null };
};

/** The settings one by one, without the pause and the topics. */
export function flattened({
  paused: _,
  publish: __,
  subscribe: ___,
  ...settings
}: Unlimited): Map<SettingKey, SettingValue> {
  const entries = Object.entries(settings).flatMap(([name, value]): [string, SettingValue][] =>
    typeof value === 'object'
      ? Object.entries(value).map(([inner, each]) => [`${name}.${inner}`, each])
      : [[name, value]],
  );
  return new Map(entries as [SettingKey, SettingValue][]);
}
