import {
  Inject,
  Injectable,
  StreamableFile,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { finalize, from, switchMap, tap, type Observable } from 'rxjs';
import { callerOf } from '../auth/caller.js';
import { Clock } from '../clock/clock.js';
import { ByteBudget } from '../domain/byte-budget.js';
import { OverloadedError } from '../domain/errors.js';
import type { Json } from '../domain/json.js';
import { jsonSize } from '../domain/json-size.js';
import { RUNNER_OPTIONS, type ResolvedOptions } from '../options.js';

/** What an answer may take while it is being made, which nobody knows before. */
const IN_THE_MAKING = 4_194_304;
/** How long a request waits for room. */
const PATIENCE_MS = 5000;

/**
 * Bounds the memory that answers take: each has room set aside while it is made, and after that what it takes until it is
 * sent, so that readers who do not read use up their own organization's room, and no more than that.
 */
@Injectable()
export class AnswerRoom implements NestInterceptor {
  private readonly budget: ByteBudget;
  private readonly making: number;

  constructor(
    private readonly clock: Clock,
    @Inject(RUNNER_OPTIONS) { limits }: Pick<ResolvedOptions, 'limits'>,
  ) {
    this.budget = new ByteBudget(limits.answerBytes);
    this.making = Math.min(IN_THE_MAKING, limits.answerBytes / 4);
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const caller = callerOf(request);
    if (!caller || request.method !== 'GET') return next.handle();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return from(this.enter(caller.organization)).pipe(
      switchMap((leave) =>
        next.handle().pipe(
          tap((answer) => this.keep(caller.organization, answer, reply)),
          finalize(leave),
        ),
      ),
    );
  }

  /** @throws OverloadedError */
  private async enter(organization: string): Promise<() => void> {
    const patience = new AbortController();
    const timer = this.clock.after(PATIENCE_MS, () => patience.abort(new OverloadedError()));
    try {
      return await this.budget.take(organization, this.making, patience.signal);
    } finally {
      timer.cancel();
    }
  }

  /** Holds what the answer takes until it is sent or given up. A stream is made only as fast as it is read. */
  private keep(organization: string, answer: unknown, { raw }: FastifyReply): void {
    if (typeof answer !== 'object' || answer === null || answer instanceof StreamableFile || raw.closed) return;
    const release = this.budget.hold(organization, jsonSize(answer as Json));
    raw.once('close', release);
  }
}
