import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { AppModule } from '../../src/app.module.js';
import type { AuthOptions } from '../../src/auth/auth-options.js';
import type { Role } from '../../src/auth/roles.js';
import { TokenIssuer } from '../../src/auth/token-issuer.js';
import { SettableClock } from '../../src/clock/settable-clock.js';
import type { Quotas } from '../../src/domain/quotas.js';
import { HTTP_APP_OPTIONS, prepareHttpApp } from '../../src/rest/http-app.js';
import { createHttpAdapter } from '../../src/rest/http/http-adapter.js';
import { httpDefaults } from '../../src/settings/settings.schema.js';
import type { HttpSettings } from '../../src/settings/settings.js';
import type { TaskRunnerOptions } from '../../src/options.js';
import { TaskRunnerModule } from '../../src/task-runner.module.js';

export const NOON = Date.parse('2027-01-31T12:00:00.000Z');
export const SECRET = 'a secret for tests, 32 bytes or more';
const ENCRYPTION_KEYS = `rest:${randomBytes(32).toString('base64')}`;
const HOUR_MS = 3_600_000;
/** How often it is looked for something before that counts as missing. */
const MOST_LOOKS = 600;
/** Limits that no suite about something else reaches. */
export const GENEROUS = { requestsPerMinute: 1_000_000, failuresPerMinute: 1_000_000 };

/** Every member of an answer that the tests read. */
export interface Body {
  id: string;
  type: string;
  status: number;
  detail: string;
  errors: { pointer: string; parameter: string; detail: string }[];
  items: Body[];
  nextCursor: string | null;
  results: { status: number; task: Body }[];
  taskId: string;
  when: string[];
  lastRun?: Body;
  state: string;
  version: string;
  priority: number;
  parameters: unknown;
  secretNames: string[];
  scheduledFor: string;
  startedAt: string | null;
  finishedAt: string | null;
  attempts: unknown[];
  sequence: number;
  runs: { at: string }[];
  occurrences: string[];
  description: string;
  leftOut: unknown[];
  hotSeconds: unknown[];
  eventId: string;
  triggeredTasks: string[];
  settings: unknown;
  effective: unknown;
  traceId?: string;
}

/** Who asks, and what is sent with the request. */
export interface Ask {
  as?: Role | 'nobody';
  organization?: string;
  /** Whether the caller operates the installation. */
  installation?: boolean;
  headers?: Record<string, string>;
  body?: unknown;
  /** The body as it is sent, instead of `body`. */
  raw?: string;
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | number | undefined>;
  body: Body;
  text: string;
}

/** The service on an SQLite file in a folder of its own. The time is noon at first. */
export class RestWorld {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly clock: SettableClock,
    private readonly folder: string,
  ) {}

  static async start(
    auth: Partial<AuthOptions> = {},
    http: Partial<HttpSettings> = {},
    quotas: Quotas = {},
    runner: TaskRunnerOptions = {},
  ): Promise<RestWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'rest-'));
    const clock = new SettableClock(NOON);
    const engine = TaskRunnerModule.forRoot({
      storeUrl: `file:${join(folder, 'tasks.db')}`,
      durability: 'relaxed',
      engine: { lockLifeMs: HOUR_MS },
      encryptionKeys: ENCRYPTION_KEYS,
      quotas,
      clock,
      ...runner,
    });
    const options = { secret: SECRET, keysUrl: null, issuer: null, audience: null, rates: GENEROUS, ...auth };
    const service = AppModule.forRoot(engine, options, runner.publicUrl);
    const built = await Test.createTestingModule({ imports: [service] }).compile();
    const app = built.createNestApplication<NestFastifyApplication>(createHttpAdapter({ ...httpDefaults(), ...http }), {
      ...HTTP_APP_OPTIONS,
      logger: false,
    });
    prepareHttpApp(app);
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    return new RestWorld(app, clock, folder);
  }

  async stop(): Promise<void> {
    await this.driven(this.app.close());
    await rm(this.folder, { recursive: true });
  }

  /** Lets the clock run until the promise settles. */
  async driven<Result>(promise: Promise<Result>, stepMs = 100): Promise<Result> {
    let settled = false;
    const mark = () => void (settled = true);
    promise.then(mark, mark);
    while (!settled) await this.clock.advance(stepMs);
    return promise;
  }

  async token(as: Role | 'nobody', organization: string, installation = false): Promise<string> {
    const roles = as === 'nobody' ? [] : [as];
    return (
      (await this.app.get(TokenIssuer).issue({ subject: 'tester', organization, roles, installation }, HOUR_MS)) ?? ''
    );
  }

  async ask(line: string, ask: Ask = {}): Promise<Answer> {
    const { as = 'admin', organization = 'acme', installation = false, headers = {}, body, raw } = ask;
    const [method = 'GET', url = '/'] = line.split(' ');
    const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const answer = await this.app.inject({
      method: method as 'GET',
      url,
      headers: {
        authorization: `Bearer ${await this.token(as, organization, installation)}`,
        ...(payload !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(payload !== undefined && { payload }),
    });
    return { status: answer.statusCode, headers: answer.headers, body: parsed(answer.payload), text: answer.payload };
  }

  /** A new task of the organization, from the answer. */
  async task(changes: Record<string, unknown> = {}, organization = 'acme'): Promise<Body> {
    const answer = await this.ask('POST /v1/tasks', { organization, body: taskBody(changes) });
    if (answer.status !== 201) throw new Error(answer.text);
    return answer.body;
  }

  /** A finished run of a new task. */
  async finishedRun(changes: Record<string, unknown> = {}): Promise<Body> {
    const { id } = await this.task(changes);
    const run = (await this.ask(`POST /v1/tasks/${id}/run`)).body;
    return this.finished(run.id);
  }

  /** Lets the clock run until the run has ended. */
  finished(id: string): Promise<Body> {
    return this.until(async () => {
      const run = (await this.ask(`GET /v1/runs/${id}`)).body;
      return run.finishedAt !== null && run;
    }, 10);
  }

  /** Lets the clock run until `look` finds something, which it resolves to. Rejects when that takes too long. */
  async until<Found>(look: () => Promise<Found | false>, stepMs = 100): Promise<Found> {
    for (let looks = 0; looks < MOST_LOOKS; looks++) {
      const found = await look();
      if (found !== false) return found;
      await this.clock.advance(stepMs);
    }
    throw new Error(`It does not come to that: ${look.toString()}`);
  }
}

export const taskBody = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  name: `task ${randomUUID()}`,
  triggers: [{ type: 'manual' }],
  action: { type: 'noop' },
  ...changes,
});

function parsed(text: string): Body {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return {} as Body;
  }
}
