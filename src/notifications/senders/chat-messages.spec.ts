import { describe, expect, it } from '@jest/globals';
import type { Alert } from '../alerts/alert.js';
import { newDelivery } from '../deliveries/new-delivery.js';
import { discordMessage, slackMessage, teamsMessage } from './chat-messages.js';
import { cut, headline, linesOf } from './lines.js';

const alert = (text: string, n = 0): Alert => ({
  ...{ id: `a-${n}`, kind: 'failure', at: 0, taskId: 't', taskName: 'n', runId: 'r', text, error: null, failures: 1 },
});
const place = { organization: 'acme', channel: 'c', rule: 'r' };
const of = (...texts: string[]) => newDelivery(place, { name: 'g', at: 0, dueAt: 0 }, texts.map(alert));
const MANY = Array.from({ length: 60 }, (_, n) => `${'😀<&*_'.repeat(200)} ${n}`);

describe('what chats get', () => {
  it('keeps to what each of them takes, and counts what has no room', () => {
    const slack = slackMessage(of(...MANY)) as { blocks: { text: { text: string } }[] };
    expect(slack.blocks[0]!.text.text.length).toBeLessThanOrEqual(3000);
    const discord = discordMessage(of(...MANY)) as { content: string };
    expect(discord.content.length).toBeLessThanOrEqual(2000);
    expect(Buffer.byteLength(JSON.stringify(teamsMessage(of(...MANY))))).toBeLessThan(21_000);
    expect(linesOf(of(...MANY), 2000).at(-1)).toMatch(/^… and \d+ more\.$/);
    const lines = linesOf(of(...MANY), 20_000);
    expect(Number(/\d+/.exec(lines.at(-1)!)![0]) + lines.length - 1).toBe(60);
  });

  it('splits no character and no mark', () => {
    expect(cut('😀😀😀', 2)).toBe('😀…');
    for (const line of linesOf(of(...MANY), 5000)) expect(line).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/);
    const { content } = discordMessage(of(...MANY)) as { content: string };
    expect(content).not.toMatch(/(^|[^\\])(\\\\)*\\$/m);
  });

  it('shows names as they are: no mark, no link, nobody called', () => {
    const wild = of('The task "<!channel> <https://evil.example|x> & *b* @everyone `c` [x](y)" failed.');
    const slack = JSON.stringify(slackMessage(wild));
    expect(slack).toContain('&lt;!channel&gt;');
    expect(slack).not.toMatch(/<[!h]/);
    const discord = discordMessage(wild) as { content: string; allowed_mentions: object };
    expect(discord.content).toContain('\\@everyone');
    expect(discord.content).toContain('\\[x\\]\\(y\\)');
    expect(discord.allowed_mentions).toEqual({ parse: [] });
    expect(JSON.stringify(teamsMessage(wild))).toContain('"TextRun"');
  });

  it('has a headline, and says how much was held back', () => {
    expect(headline(of('The task "a" failed.'))).toBe('The task "a" failed.');
    expect(headline(of('a', 'b'))).toBe('2 notifications');
    expect(linesOf({ ...of('a'), heldBack: 7 }, 2000)[0]).toContain('these 7 were held back');
    expect(headline(of('a\r\nBcc: eve@example.org'))).not.toMatch(/[\r\n]/);
  });
});
