import { randomUUID } from 'node:crypto';
import type { Scheme } from '../../src/webhooks/scheme-schema.js';
import { schemeOf } from '../../src/webhooks/schemes/schemes.js';
import { DeliveryLog } from '../../src/webhooks/delivery-log.js';
import { WebhookDoor } from '../../src/webhooks/webhook-door.js';
import { GENEROUS, RestWorld, type Answer } from '../rest/rest-world.js';

export interface Delivery {
  id: string;
  result: string;
  reason: string | null;
  status: number;
  count: number;
  messageId: string | null;
  eventId: string | null;
  replayOf: string | null;
  replayable: boolean;
}

export interface Source {
  id: string;
  secret: string;
  scheme: Scheme;
}

/** What is sent to a source, where it differs from a good request. */
export interface Sent {
  id?: string;
  headers?: Record<string, string | string[]>;
  /** The secret that signs. */
  secret?: string;
  /** Epoch milliseconds. */
  at?: number;
  address?: string;
  /** The body that is signed, where another one is sent. */
  signed?: string;
}

/** The service with webhook sources and what waits for their events. */
export class HookWorld {
  private constructor(readonly rest: RestWorld) {}

  static async start(auth: Parameters<typeof RestWorld.start>[0] = { rates: GENEROUS }): Promise<HookWorld> {
    return new HookWorld(await RestWorld.start(auth));
  }

  stop(): Promise<void> {
    return this.rest.stop();
  }

  async source(body: object = {}, organization = 'acme'): Promise<Source> {
    const answer = await this.rest.ask('POST /v1/webhook-sources', { body: { name: 'builds', ...body }, organization });
    if (answer.status !== 201) throw new Error(answer.text);
    return answer.body as unknown as Source;
  }

  /** A good request, signed by the source's own secret. */
  async send(source: Source, body: string | Buffer, sent: Sent = {}): Promise<Answer> {
    const { id = `m_${randomUUID()}`, headers = {}, secret = source.secret, at = this.rest.clock.now() } = sent;
    const bytes = Buffer.from(sent.signed ?? body);
    const signature = schemeOf(source.scheme).sign(secret, bytes, { id, now: at })!;
    return this.post(source.id, body, { ...signature, ...headers }, sent.address);
  }

  async post(
    sourceId: string,
    body: string | Buffer,
    headers: Record<string, string | string[]> = {},
    remoteAddress = '192.0.2.1',
  ): Promise<Answer> {
    const answer = await this.rest.app.inject({
      method: 'POST',
      url: `/v1/hooks/${sourceId}`,
      headers: { 'content-type': 'application/json', ...headers },
      payload: body,
      remoteAddress,
    });
    const text = answer.payload;
    const parsed = (text.startsWith('{') ? JSON.parse(text) : {}) as Answer['body'];
    return { status: answer.statusCode, headers: answer.headers, body: parsed, text };
  }

  /** What came in at a source, once it is noted. */
  async deliveries(source: Source, organization = 'acme'): Promise<Delivery[]> {
    await this.rest.app.get(DeliveryLog, { strict: false }).settled();
    const answer = await this.rest.ask(`GET /v1/webhook-sources/${source.id}/deliveries?limit=200`, { organization });
    return answer.body.items as unknown as Delivery[];
  }

  /** How many runs the tasks of the organization have that wait for events of this type. */
  async runsOf(taskId: string): Promise<number> {
    for (let tries = 0; tries < 20; tries++) await this.rest.clock.advance(5);
    return (await this.rest.ask(`GET /v1/runs?taskId=${taskId}&limit=200`)).body.items.length;
  }

  waiting(event: string, filter?: object): Promise<{ id: string }> {
    return this.rest.task({ triggers: [{ type: 'event', event, ...(filter && { filter }) }] });
  }

  get macs(): number {
    return this.rest.app.get(WebhookDoor, { strict: false }).macs.computed;
  }
}
