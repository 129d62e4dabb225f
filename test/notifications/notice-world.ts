import { setImmediate } from 'node:timers/promises';
import type { TaskRunnerOptions } from '../../src/options.js';
import { HandlerRegistry } from '../../src/integrations/handler/handler-registry.js';
import { GENEROUS, RestWorld, type Answer, type Ask } from '../rest/rest-world.js';
import { HttpTarget, type Answering } from '../support/http-target.js';

export interface Channel {
  id: string;
  enabled: boolean;
  disabledReason: string | null;
  secret?: string;
}

export interface Notice {
  id: string;
  channel: string;
  status: string;
  tries: number;
  more: number;
  heldBack: number;
  alerts: { kind: string; text: string; taskId: string; runId: string }[];
  attempts: { status: number | null; error: string | null; body: string | null }[];
}

/** The service, a receiver of what it tells, and a task whose runs end as a test wants. */
export class NoticeWorld {
  /** How the next runs end. */
  fails = true;

  private constructor(
    readonly rest: RestWorld,
    readonly target: HttpTarget,
  ) {}

  static async start(runner: TaskRunnerOptions = {}, answer?: Answering): Promise<NoticeWorld> {
    const target = await HttpTarget.start(answer);
    const rest = await RestWorld.start({ rates: GENEROUS }, {}, {}, { httpAllow: ['127.0.0.1'], ...runner });
    const world = new NoticeWorld(rest, target);
    const handler = async () => {
      if (world.fails) throw Object.assign(new Error('It broke.'), { code: 'broken' });
      return Promise.resolve();
    };
    rest.app.get(HandlerRegistry, { strict: false }).register('work', handler);
    return world;
  }

  async stop(): Promise<void> {
    await this.rest.stop();
    await this.target.close();
  }

  ask(line: string, ask: Ask = {}): Promise<Answer> {
    return this.rest.ask(line, ask);
  }

  async channel(body: object = {}, organization = 'acme'): Promise<Channel> {
    const given = { type: 'webhook', name: 'alarms', url: `${this.target.url}/alarms?token=geheim-4711`, ...body };
    const answer = await this.ask('POST /v1/notification-channels', { body: given, organization });
    if (answer.status !== 201) throw new Error(answer.text);
    return answer.body as unknown as Channel;
  }

  async rule(channel: Channel, body: object = {}, organization = 'acme'): Promise<{ id: string }> {
    const given = { name: 'rule', on: ['failure'], channels: [channel.id], ...body };
    const answer = await this.ask('POST /v1/notification-rules', { body: given, organization });
    if (answer.status !== 201) throw new Error(answer.text);
    return answer.body;
  }

  task(body: object = {}, organization = 'acme'): Promise<{ id: string }> {
    const given = { action: { type: 'handler', name: 'work' }, retry: { maxAttempts: 1 }, ...body };
    return this.rest.task(given, organization);
  }

  /** Has the task run, and end so. */
  async run(task: { id: string }, fails: boolean, organization = 'acme'): Promise<string> {
    this.fails = fails;
    const { id } = (await this.ask(`POST /v1/tasks/${task.id}/run`, { organization })).body;
    await this.until(async () => (await this.ask(`GET /v1/runs/${id}`, { organization })).body.finishedAt !== null);
    return id;
  }

  async notices(query = '', organization = 'acme'): Promise<Notice[]> {
    const answer = await this.ask(`GET /v1/notification-deliveries?limit=200${query}`, { organization });
    return answer.body.items as unknown as Notice[];
  }

  /** Lets time pass, and the network work, until something is so. */
  async until(isSo: () => boolean | Promise<boolean>, stepMs = 10): Promise<void> {
    for (let tries = 0; tries < 3000; tries++) {
      if (await isSo()) return;
      await this.rest.clock.advance(stepMs);
      await setImmediate();
    }
    throw new Error('It does not come to be so.');
  }

  /** Waits until the deliveries stand so, the oldest first. */
  async untilNotices(...statuses: string[]): Promise<Notice[]> {
    let found: Notice[] = [];
    const isSo = async () => {
      found = (await this.notices()).reverse();
      return found.map(({ status }) => status).join() === statuses.join();
    };
    await this.until(isSo).catch(() => {
      throw new Error(`The deliveries are ${found.map(({ status }) => status).join()}, not ${statuses.join()}.`);
    });
    return found;
  }
}
