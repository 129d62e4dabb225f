import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  Inject,
  Logger,
  Module,
  type CanActivate,
  type DynamicModule,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost, ModuleRef } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Caller } from '../auth/caller.js';
import { setKnownToHost } from '../auth/host-identification.js';
import { SettingsError } from '../domain/errors.js';
import { PROBLEM_JSON, problem, type ProblemAnswer } from '../rest/http/problems/problem.js';
import { knownAnswer } from '../rest/http/problems/problem.filter.js';
import { runnerInWords } from '../runner/runner-names.js';
import { runnerToken } from '../runner/runner-tokens.js';
import type { RunnerParts } from '../runner/set-apart.js';
import { callerFrom, resolveApiOptions, type ResolvedApiOptions, type TaskRunnerApiOptions } from './api-options.js';
import { contextOf, demandPass, guardsIn } from './host-guards.js';
import { innerApi } from './inner-api.js';
import { mountingOn, type Mounting, type Passed } from './mounting.js';

const API_OPTIONS = Symbol('API_OPTIONS');
const STOPPING = { problem: problem(503, 'unavailable', 'The application is not at work.'), headers: {} };
const FAILED = {
  problem: problem(500, 'internal', 'The application could not tell who sends this request.'),
  headers: {},
};

/**
 * Mounts the REST API of a runner, with its documentation, under a path of the host application, Express or Fastify. The
 * host's guards decide who gets there, and its `identity` who that is. Everything else of the API is its own: parsers,
 * limits, checks, errors. The host's own routes, pipes, filters and prefix are left as they are.
 */
@Module({})
export class TaskRunnerApiModule implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('TaskRunnerApi');
  private readonly mounting: Mounting | null;
  private guards: readonly CanActivate[] = [];
  private api: NestFastifyApplication | null = null;

  constructor(
    @Inject(API_OPTIONS) private readonly options: ResolvedApiOptions,
    @Inject(HttpAdapterHost) { httpAdapter }: HttpAdapterHost,
    @Inject(ModuleRef) private readonly modules: ModuleRef,
  ) {
    // An application without a server has no API.
    this.mounting = httpAdapter ? mountingOn(httpAdapter, options.prefix) : null;
    this.mounting?.prepare();
  }

  /** @throws SettingsError with a sentence when an option is wrong */
  static forRoot<Request = never>({ imports = [], ...options }: TaskRunnerApiOptions<Request>): DynamicModule {
    const useValue = resolveApiOptions(options);
    return { module: TaskRunnerApiModule, imports, providers: [{ provide: API_OPTIONS, useValue }] };
  }

  async onModuleInit(): Promise<void> {
    if (!this.mounting) return;
    this.guards = await guardsIn(this.modules, this.options.guards);
    this.api = await innerApi(this.runner(), this.options);
    this.mounting.mount((passed) => this.receive(passed));
  }

  /** Ends what clients follow, before the server waits for them. */
  async onModuleDestroy(): Promise<void> {
    const { api } = this;
    this.api = null;
    await api?.close();
  }

  private runner(): RunnerParts {
    const { runner } = this.options;
    try {
      return this.modules.get<RunnerParts>(runnerToken(runner), { strict: false });
    } catch {
      throw new SettingsError(
        `TaskRunnerApiModule is for ${runnerInWords(runner ?? null)}, which the application does not have.`,
      );
    }
  }

  private async receive({ request, response, incoming, outgoing, url }: Passed): Promise<void> {
    if (!this.api) return send(outgoing, STOPPING);
    try {
      const caller = isWebhook(incoming, url) ? null : await this.callerOf(request, response);
      setKnownToHost(incoming, { caller, address: request.ip ?? null });
    } catch (error) {
      return send(outgoing, knownAnswer(error) ?? this.unforeseen(error));
    }
    incoming.url = url;
    this.api.getHttpAdapter().getInstance().routing(incoming, outgoing);
  }

  private async callerOf(request: Passed['request'], response: unknown): Promise<Caller | null> {
    const handler = (): void => undefined;
    await demandPass(this.guards, contextOf(TaskRunnerApiModule, handler, request, response));
    return callerFrom(await this.options.identity(request));
  }

  private unforeseen(error: unknown): ProblemAnswer {
    this.logger.error('A guard or the identity failed', error instanceof Error ? error.stack : String(error));
    return FAILED;
  }
}

/** Whether a signature decides who gets in: a sender outside of the host has no session. */
const isWebhook = ({ method }: IncomingMessage, url: string): boolean =>
  method === 'POST' && /^\/v1\/hooks\/[^/?]+(?:\?|$)/.test(url);

/** Answers without the API. */
function send(outgoing: ServerResponse, { problem: body, headers }: ProblemAnswer): void {
  if (outgoing.headersSent || outgoing.destroyed) return;
  outgoing.writeHead(body.status, { 'content-type': PROBLEM_JSON, 'cache-control': 'no-store', ...headers });
  outgoing.end(JSON.stringify(body));
}
