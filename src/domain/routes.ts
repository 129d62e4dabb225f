import { z } from 'zod';
import { ORGANIZATION_NAME } from './organization-name.js';
import { outsideEventTypeSchema } from './outside-event.js';
import { mappingSchema } from './payload-mapping.js';

/** The brokers that messages come from and go to. */
export const TRANSPORT_NAMES = ['redis', 'kafka'] as const;
export type TransportName = (typeof TRANSPORT_NAMES)[number];

const MOST_PUBLISHED = 20;
const MOST_SUBSCRIBED = 100;
const MOST_ORGANIZATIONS = 1000;

const transport = z.enum(TRANSPORT_NAMES).describe('Redis (REDIS_URL) or Kafka (KAFKA_BROKERS).');
const topic = z
  .string()
  .regex(/^[A-Za-z0-9._:-]{1,200}$/, 'must be letters, digits, ".", "_", ":" or "-", at most 200 of them')
  .describe('The topic of Kafka, or the key of the stream in Redis.');
const organization = z.string().regex(ORGANIZATION_NAME, 'is not the name of an organization');

const isKnownToKafka = ({ transport: name, topic: of }: { transport: TransportName; topic: string }): boolean =>
  name !== 'kafka' || /^[A-Za-z0-9._-]+$/.test(of);
const KAFKA_TOPIC = { error: 'is no topic of Kafka: letters, digits, ".", "_" or "-"', path: ['topic'] };

/** Refuses a second route of the same key. */
const eachOnce =
  <Route>(keyOf: (route: Route) => string, detail: string) =>
  ({ value, issues }: { value: Route[]; issues: unknown[] }): void => {
    const seen = new Set<string>();
    for (const [index, route] of value.entries()) {
      if (seen.has(keyOf(route))) issues.push({ code: 'custom', input: route, path: [index], message: detail });
      seen.add(keyOf(route));
    }
  };

const publishedSchema = z
  .strictObject({
    transport,
    topic,
    organizations: z
      .array(organization)
      .min(1)
      .max(MOST_ORGANIZATIONS)
      .exactOptional()
      .describe('Whose steps are published; without it, those of all.'),
    keepHours: z
      .int()
      .min(1)
      .max(8760)
      .exactOptional()
      .describe(
        'Redis: for how many hours the stream keeps what is published, 72 unless given. Kafka keeps by itself.',
      ),
  })
  .refine(isKnownToKafka, KAFKA_TOPIC)
  .meta({ id: 'PublishedTopic' });

/** Where steps of runs and tasks go. */
export const publishSchema = z
  .array(publishedSchema)
  .max(MOST_PUBLISHED)
  .check(eachOnce(({ transport: name, topic: of }) => `${name} ${of}`, 'is there twice'))
  .describe('The topics to which every step of runs and tasks is published, as CloudEvents.');

const subscribedSchema = z
  .strictObject({
    transport,
    topic,
    organization: organization.describe('Whose events the messages become, whatever they say.'),
    event: outsideEventTypeSchema
      .exactOptional()
      .describe(
        'The type of the events; without it and without mapping.type, a message must be a CloudEvent, whose type it is.',
      ),
    mapping: mappingSchema.exactOptional(),
  })
  .refine(isKnownToKafka, KAFKA_TOPIC)
  .meta({ id: 'SubscribedTopic' });

/** Which messages become events. */
export const subscribeSchema = z
  .array(subscribedSchema)
  .max(MOST_SUBSCRIBED)
  .check(eachOnce((route) => `${route.transport} ${route.topic} ${route.organization}`, 'is there twice'))
  .describe('The topics whose messages become events of an organization.');

export type PublishedTopic = z.infer<typeof publishedSchema>;
export type SubscribedTopic = z.infer<typeof subscribedSchema>;
