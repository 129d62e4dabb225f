import { z } from 'zod';
import type { NotificationRecord } from '../ports/notification.store.js';

/** What a rule can be for. */
export const RULE_EVENTS = ['failure', 'failing', 'recovery', 'late', 'missed', 'paused', 'overdue'] as const;
export type RuleEvent = (typeof RULE_EVENTS)[number];

const MINUTE_MS = 60_000;
const unique = (all: readonly string[]): boolean => new Set(all).size === all.length;
const once = 'must not name anything twice';

/** How the members of a rule look; each has a default but the name, the events and the channels. */
export const ruleMembers = {
  name: z.string().min(1).max(200).describe('What the rule is for.'),
  enabled: z.boolean().default(true).describe('Whether it tells anything.'),
  on: z
    .array(z.enum(RULE_EVENTS))
    .min(1)
    .max(RULE_EVENTS.length)
    .refine(unique, once)
    .describe(
      'What it tells: each `failure`; `failing`, so many failures in a row; `recovery` from what it told; a `late` start; a `missed` run; that a task was `paused` after failures; that a task is `overdue`.',
    ),
  channels: z.array(z.uuid()).min(1).max(5).refine(unique, once).describe('The ids of the channels that it tells.'),
  tasks: z.array(z.uuid()).max(100).refine(unique, once).default([]).describe('Only these tasks; with none, all.'),
  tags: z
    .array(z.string().min(1).max(100))
    .max(20)
    .refine(unique, once)
    .default([])
    .describe('Only tasks with one of these tags; with none, all.'),
  failures: z.int().min(2).max(100).default(3).describe('After how many failures in a row a task is `failing`.'),
  repeatMs: z
    .int()
    .min(MINUTE_MS)
    .max(2_592_000_000)
    .nullable()
    .default(null)
    .describe('A task that goes on failing is told again, at most this often; null for once.'),
  lateMs: z.int().min(1000).max(86_400_000).default(MINUTE_MS).describe('From how much on a start is `late`.'),
  groupMs: z.int().min(0).max(3_600_000).default(0).describe('What happens within this time goes into one message.'),
  maxPerHour: z
    .int()
    .min(1)
    .max(1000)
    .default(60)
    .describe('How many messages it sends within an hour; what there is beyond them comes in one at the end of it.'),
};

const texts = z.array(z.string());
const bodySchema = z.object({
  ...ruleMembers,
  ...{ channels: texts, tasks: texts, tags: texts },
  ...{ createdBy: z.string(), createdAt: z.number() },
});

/** What an organization wants to be told of its tasks, and where. Instants in epoch ms. */
export interface Rule extends z.output<typeof bodySchema> {
  id: string;
  organization: string;
  version: number;
  updatedAt: number;
  /** Why its record cannot be read, where that is so; then it tells nothing. */
  unreadable?: string;
}

export const ruleRecord = ({
  id,
  organization,
  version,
  updatedAt: at,
  unreadable: _,
  ...body
}: Rule): NotificationRecord => ({
  // prettier-ignore
  ...{ kind: 'rule', organization, id, version, at },
  body,
});

/** The rule; one whose record cannot be read tells nothing, and can be removed. */
export function ruleOf({ id, organization, version, at, body }: NotificationRecord): Rule {
  const parsed = bodySchema.safeParse(body);
  const known = { id, organization, version, updatedAt: at };
  if (parsed.success) return { ...known, ...parsed.data };
  return {
    ...known,
    ...{ name: '(unreadable)', enabled: false, on: [], channels: [], tasks: [], tags: [], failures: 2, repeatMs: null },
    ...{ lateMs: 1000, groupMs: 0, maxPerHour: 1, createdBy: '', createdAt: 0 },
    unreadable: typeof body['unreadable'] === 'string' ? body['unreadable'] : 'its record has an invalid value',
  };
}
