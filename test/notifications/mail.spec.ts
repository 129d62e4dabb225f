import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { SMTPServer } from 'smtp-server';
import { NoticeWorld } from './notice-world.js';

/** What the server received. */
const letters: { from: string; to: string[]; text: string }[] = [];
let refusal: Error | null = null;
let server: SMTPServer;
let world: NoticeWorld;

beforeAll(async () => {
  server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => void chunks.push(chunk));
      stream.on('end', () => {
        if (refusal) return done(refusal);
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom === false ? '' : mailFrom.address;
        letters.push({ from, to: rcptTo.map(({ address }) => address), text: Buffer.concat(chunks).toString('utf8') });
        done();
      });
    },
  });
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  world = await NoticeWorld.start({ smtp: { url: `smtp://127.0.0.1:${port}`, from: 'Scheduler <scheduler@example.org>' } }); // prettier-ignore
});
afterAll(async () => {
  await world.stop();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

it('goes out by SMTP, under an id that stays the same, and nothing in a name becomes a header', async () => {
  const channel = await world.channel({ type: 'email', url: undefined, to: ['ann@example.org', 'bob@example.org'] });
  await world.rule(channel);
  refusal = Object.assign(new Error('try later'), { responseCode: 451 });
  const task = await world.task({ name: 'nightly\r\nBcc: eve@example.org' });
  await world.run(task, true);
  await world.until(async () => (await world.notices())[0]?.tries === 1);
  expect((await world.notices())[0]).toMatchObject({ status: 'pending', attempts: [{ status: 451 }] });
  refusal = null;
  const [notice] = await world.untilNotices('delivered');
  expect(letters).toHaveLength(1);
  const [{ from, to, text }] = letters as [(typeof letters)[0]];
  expect([from, to]).toEqual(['scheduler@example.org', ['ann@example.org', 'bob@example.org']]);
  expect(text).toContain(`Message-ID: <${notice!.id}@scheduled-task-runner>`);
  expect(text).toMatch(/^Subject: .*scheduler/m);
  expect(text).not.toMatch(/^Bcc:/m);
});

it('is given up when the server refuses it for good', async () => {
  refusal = Object.assign(new Error('no such mailbox'), { responseCode: 550 });
  const channel = await world.channel({ type: 'email', url: undefined, to: ['nobody@example.org'] });
  const tested = await world.ask(`POST /v1/notification-channels/${channel.id}/test`);
  expect(tested.body).toMatchObject({ status: 'failed', attempts: [{ status: 550 }] });
});
