import { z } from 'zod';
import type { NotificationRecord } from '../ports/notification.store.js';

export const CHANNEL_TYPES = ['webhook', 'slack', 'discord', 'teams', 'email'] as const;
export type ChannelType = (typeof CHANNEL_TYPES)[number];

const signingSecret = z.object({ id: z.string(), sealed: z.string(), endsAt: z.number().nullable() });
/** A secret that signs what a webhook gets, sealed; `endsAt` (epoch ms) once another one took its place. */
export type SigningSecret = z.output<typeof signingSecret>;

const bodySchema = z.object({
  name: z.string(),
  type: z.enum(CHANNEL_TYPES),
  enabled: z.boolean(),
  /** Why it was disabled, if the runner did that. */
  disabledReason: z.string().nullable(),
  /** Where it sends to, sealed: the address of a chat or a webhook lets anybody write there. */
  url: z.string().nullable(),
  /** The host in the address, for people. */
  host: z.string().nullable(),
  /** The receivers of e-mail. */
  to: z.array(z.string()),
  secrets: z.array(signingSecret),
  createdBy: z.string(),
  createdAt: z.number(),
});

/** Where an organization's notifications go. Instants in epoch ms. */
export interface Channel extends z.output<typeof bodySchema> {
  id: string;
  organization: string;
  version: number;
  updatedAt: number;
  /** Why its record cannot be read, where that is so; then nothing is sent to it. */
  unreadable?: string;
}

export const channelRecord = ({
  id,
  organization,
  version,
  updatedAt: at,
  unreadable: _,
  ...body
}: Channel): NotificationRecord => ({
  // prettier-ignore
  ...{ kind: 'channel', organization, id, version, at },
  body,
});

/** The channel; one whose record cannot be read gets nothing, and can be removed. */
export function channelOf({ id, organization, version, at, body }: NotificationRecord): Channel {
  const parsed = bodySchema.safeParse(body);
  const known = { id, organization, version, updatedAt: at };
  if (parsed.success) return { ...known, ...parsed.data };
  return {
    ...known,
    ...{ name: '(unreadable)', type: 'webhook', enabled: false, disabledReason: null, url: null, host: null, to: [] },
    ...{ secrets: [], createdBy: '', createdAt: 0 },
    unreadable: typeof body['unreadable'] === 'string' ? body['unreadable'] : 'its record has an invalid value',
  };
}

/** The secrets that sign at `now` (epoch ms), the current one first. */
export const signingAt = ({ secrets }: Channel, now: number): SigningSecret[] =>
  secrets.filter(({ endsAt }) => endsAt === null || endsAt > now);
