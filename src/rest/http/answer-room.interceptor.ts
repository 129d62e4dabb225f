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
import { callerOf } from '../../auth/caller.js';
import { askerGone } from '../../batching/asker.js';
import { Clock } from '../../clock/clock.js';
import { ByteBudget } from '../../domain/byte-budget.js';
import { OverloadedError } from '../../domain/errors.js';
import type { Json } from '../../domain/json.js';
import { jsonSize } from '../../domain/json-size.js';
import { RUNNER_OPTIONS, type ResolvedOptions } from '../../options.js';

/** The bytes to reserve for an answer while it is being made; its size is not known before. */
const IN_THE_MAKING = 4_194_304;
/** How long a request waits for room, in milliseconds. */
const PATIENCE_MS = 5000;

/**
 * Bounds the memory that answers take. Each answer reserves room while it is made, and then holds its own size until it
 * is sent. Readers who do not read use up the room of their own organization, and no more than that.
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
    const room = this.budget.takeNow(organization, this.making);
    if (room) return room;
    const tooMany = () => new OverloadedError();
    const gone = askerGone();
    return this.clock.within(PATIENCE_MS, tooMany, (late) =>
      this.budget.take(organization, this.making, gone ? AbortSignal.any([late, gone]) : late),
    );
  }

  /**
   * Holds the bytes of the answer until it is sent or given up. A stream is made only as fast as the client reads it.
   */
  private keep(organization: string, answer: unknown, { raw }: FastifyReply): void {
    if (typeof answer !== 'object' || answer === null || answer instanceof StreamableFile || raw.closed) return;
    const release = this.budget.hold(organization, jsonSize(answer as Json));
    raw.once('close', release);
  }
}
