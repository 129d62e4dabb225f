import type { Schemas } from '../../api/client.ts';

/** How senders sign, in their own names. */
export const SCHEMES = [
  ['standard', 'Standard Webhooks'],
  ['github', 'GitHub'],
  ['gitlab', 'GitLab'],
  ['stripe', 'Stripe'],
  ['slack', 'Slack'],
  ['hmac', 'HMAC in a header of your choice'],
] as const;

const NAMES = new Map<string, string>(SCHEMES);

export const schemeWords = (type: string): string => (type === 'hmac' ? 'HMAC' : (NAMES.get(type) ?? type));

/** Whether a delivery is a sample that somebody had sent from here. */
export const isTest = ({ messageId }: Pick<Schemas['WebhookDeliveryResponse'], 'messageId'>): boolean =>
  messageId?.startsWith('test_') === true;

/** What a test or a replay does beyond this screen. */
export const startsWords = (event: string | null): string =>
  event === null
    ? 'It becomes an event, whose type its content says: tasks that wait for that start, for real.'
    : `It becomes an event of type ${event}: tasks that wait for that start, for real.`;
