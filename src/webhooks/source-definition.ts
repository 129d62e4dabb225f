import { z } from 'zod';
import { InvalidInputError, type Fault } from '../domain/errors.js';
import { outsideEventTypeSchema } from '../domain/outside-event.js';
import { DEFAULT_TYPES } from './mapping.js';
import { mappingSchema } from '../domain/payload-mapping.js';
import { schemeSchema, type Scheme } from './scheme-schema.js';
import { schemeOf } from './schemes/schemes.js';

const secret = z.string().min(1).max(1000);
const members = {
  name: z.string().min(1).max(200).describe('What the source is for.'),
  event: outsideEventTypeSchema.nullable().default(null).describe('The type of its events.'),
  mapping: mappingSchema.default({}),
  enabled: z.boolean().default(true).describe('Whether it takes anything.'),
};

/** A new webhook source. */
export const newSourceSchema = z
  .strictObject({
    ...members,
    scheme: schemeSchema.default({ type: 'standard' }).describe('How its requests are signed.'),
    secret: secret.optional().describe('The secret that signs; a new one unless given.'),
  })
  .meta({ id: 'WebhookSourceInput' });
export type NewSource = z.output<typeof newSourceSchema>;

/** What of a source can be changed. */
export const sourceChangeSchema = z.strictObject(members);
export type SourceChange = z.output<typeof sourceChangeSchema>;

const secretPatch = secret.nullable().describe('The secret that signs from now on; null for a new one.');

/** A change of a source: a merge patch, and a secret that takes the place of the current one. */
export const sourcePatchSchema = z
  .strictObject({ ...members, secret: secretPatch })
  .partial()
  .meta({ id: 'WebhookSourcePatch' });

const anything = z.unknown();

/** The members of such a patch; what it makes of the source is checked as a whole. */
export const patchMembersSchema = z
  .strictObject({ name: anything, event: anything, mapping: anything, enabled: anything, secret: secretPatch })
  .partial();

/** Faults of members that depend on each other. */
export function demandSound(scheme: Scheme, { event, mapping }: SourceChange, text: string | undefined): void {
  const faults: Fault[] = [];
  if (event !== null && mapping.type)
    faults.push({ pointer: '/mapping/type', detail: 'must not be there beside "event"' });
  if (event === null && !mapping.type && DEFAULT_TYPES[scheme.type].length === 0)
    faults.push({ pointer: '/event', detail: 'must be there, or "mapping.type"' });
  const fault = text === undefined ? null : schemeOf(scheme).secretFault(text);
  if (fault !== null) faults.push({ pointer: '/secret', detail: fault });
  if (faults.length > 0) throw new InvalidInputError(faults);
}
