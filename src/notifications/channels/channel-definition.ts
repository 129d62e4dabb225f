import { z } from 'zod';
import { InvalidInputError } from '../../domain/errors.js';
import { isSharedKey } from '../../webhooks/schemes/standard.js';

/** Most receivers of one e-mail. */
const MOST_RECEIVERS = 20;

const isCallable = (text: string): boolean => {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && ['http:', 'https:'].includes(url.protocol) && url.username === '' && url.password === '';
};

const name = z.string().min(1).max(200).describe('What the channel is for.');
const enabled = z.boolean().default(true).describe('Whether it gets anything; what it does not get is held.');
const url = z
  .string()
  .max(2000)
  .refine(isCallable, 'must be an http or https URL without a user name or password')
  .describe('Where it sends to. It is stored sealed and never shown.');
const to = z
  .array(z.email().max(254))
  .min(1)
  .max(MOST_RECEIVERS)
  .refine((all) => new Set(all).size === all.length, 'must not name anybody twice')
  .describe('Who gets the e-mails.');
const secret = z
  .string()
  .max(200)
  .refine(isSharedKey, 'must be whsec_ and 24 to 64 bytes in base64')
  .describe('The secret that signs what it gets; a new one unless given.');

const webhook = z.strictObject({ type: z.literal('webhook'), name, enabled, url, secret: secret.optional() });
const slack = z.strictObject({ type: z.literal('slack'), name, enabled, url });
const discord = z.strictObject({ type: z.literal('discord'), name, enabled, url });
const teams = z.strictObject({ type: z.literal('teams'), name, enabled, url });
const email = z.strictObject({ type: z.literal('email'), name, enabled, to });

/** A new channel. */
export const newChannelSchema = z
  .discriminatedUnion('type', [webhook, slack, discord, teams, email])
  .meta({ id: 'NotificationChannelInput' });
export type NewChannel = z.output<typeof newChannelSchema>;

/** A change of a channel. */
export const channelPatchSchema = z
  .strictObject({
    name,
    enabled: z.boolean().describe('True also enables it again after the runner disabled it, and sends what was held.'),
    url,
    to,
    secret: secret.nullable().describe('The secret that signs from now on; null for a new one.'),
  })
  .partial()
  .meta({ id: 'NotificationChannelPatch' });
export type ChannelPatch = z.output<typeof channelPatchSchema>;

/** Members of a change that such a channel does not have. @throws InvalidInputError */
export function demandFitting(type: NewChannel['type'], patch: ChannelPatch): void {
  const taken = type === 'email' ? ['to'] : type === 'webhook' ? ['url', 'secret'] : ['url'];
  const wrong = (['url', 'to', 'secret'] as const).filter((member) => member in patch && !taken.includes(member));
  if (wrong.length > 0)
    throw new InvalidInputError(wrong.map((each) => ({ pointer: `/${each}`, detail: `is not there in a channel of the type ${type}` }))); // prettier-ignore
}
