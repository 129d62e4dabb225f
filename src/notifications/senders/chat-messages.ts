import type { JsonObject } from '../../domain/json.js';
import type { NotificationDelivery } from '../deliveries/delivery.js';
import { headline, linesOf } from './lines.js';

/** Slack takes 3,000 characters in a section, and reads <, > and & as marks of its own. */
const SLACK_ROOM = 2900;
/** Discord takes 2,000 characters. */
const DISCORD_ROOM = 1900;
/** Teams takes 28 KB; from 21 KB on, messages got lost. */
const TEAMS_ROOM = 12_000;

const forSlack = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('`', "'");

/** Every mark of Markdown is taken as it is. */
const forDiscord = (text: string): string => text.replaceAll(/[\\*_~`|<>[\]()#@-]/g, (mark) => `\\${mark}`);

export const slackMessage = (delivery: NotificationDelivery): JsonObject => ({
  text: forSlack(headline(delivery)),
  blocks: [{ type: 'section', text: { type: 'mrkdwn', text: linesOf(delivery, SLACK_ROOM, forSlack).join('\n') } }],
});

export const discordMessage = (delivery: NotificationDelivery): JsonObject => ({
  content: linesOf(delivery, DISCORD_ROOM, forDiscord).join('\n'),
  // Nobody is called by what stands in the name of a task.
  allowed_mentions: { parse: [] },
});

/** An Adaptive Card; its runs of text know no marks. */
export const teamsMessage = (delivery: NotificationDelivery): JsonObject => ({
  type: 'message',
  attachments: [
    {
      contentType: 'application/vnd.microsoft.card.adaptive',
      content: {
        $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
        ...{ type: 'AdaptiveCard', version: '1.4' },
        body: linesOf(delivery, TEAMS_ROOM).map((text) => ({
          type: 'RichTextBlock',
          inlines: [{ type: 'TextRun', text }],
        })),
      },
    },
  ],
});
