import { Injectable } from '@nestjs/common';
import { chunksOf } from '../domain/chunks.js';
import { NotFoundError, OverloadedError, StateConflictError } from '../domain/errors.js';
import type { Run, RunTrigger, UNFINISHED_STATES } from '../domain/run.js';
import { messageOf } from '../domain/thrown.js';
import { RunsService } from '../scheduling/runs/runs.service.js';
import { checkRange } from './pace.js';

/** How many runs one request cancels. */
export const MOST_CANCELLED = 1000;
/** How many parts of the list one request reads, and how many runs it reads and cancels at once. */
const MOST_PARTS = 200;
const AT_ONCE = 20;
const LONGEST_DETAIL = 500;

/** Which unfinished runs are meant; `from` (inclusive) and `to` (exclusive) limit their nominal times (epoch ms). */
export interface CancelRequest {
  taskId?: string | undefined;
  trigger?: RunTrigger | undefined;
  /** The code of the last attempt's error, such as `http-503`. */
  code?: string | undefined;
  /** A part of the reason or error message; the letters a to z in any case. */
  text?: string | undefined;
  states: readonly (typeof UNFINISHED_STATES)[number][];
  from?: number | undefined;
  to?: number | undefined;
  /** Why; the audit trail keeps it with each run. */
  reason?: string | undefined;
  limit: number;
  dryRun: boolean;
}

/** What became of the runs that were meant. */
export interface Cancellations {
  /** The runs that were cancelled, or would be, newest first. */
  runs: string[];
  /** Those that were not, each with a sentence. */
  failed: { id: string; detail: string }[];
  /** Whether there may be more such runs: the same request again means those. */
  hasMore: boolean;
}

/**
 * Cancels many runs of an organization at once. An organization has one such request under way on an instance, so that
 * many of them do not become a flood of writes.
 */
@Injectable()
export class CancellationsService {
  private readonly underWay = new Set<string>();

  constructor(private readonly runs: RunsService) {}

  /** @throws InvalidInputError, OverloadedError */
  async cancel(organization: string, request: CancelRequest): Promise<Cancellations> {
    const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = request;
    checkRange(from, to);
    if (this.underWay.has(organization))
      throw new OverloadedError('Many runs of the organization are being cancelled already; try again in a moment.');
    this.underWay.add(organization);
    try {
      const { ids, hasMore } = await this.meant(organization, request);
      return request.dryRun
        ? { runs: ids, failed: [], hasMore }
        : { ...(await this.each(organization, ids, request.reason)), hasMore };
    } finally {
      this.underWay.delete(organization);
    }
  }

  private async meant(
    organization: string,
    { limit, dryRun: _, reason: _reason, ...filter }: CancelRequest,
  ): Promise<{ ids: string[]; hasMore: boolean }> {
    const ids: string[] = [];
    let place: string | null | undefined;
    for (let parts = 0; place !== null && parts < MOST_PARTS && ids.length < limit; parts++) {
      const page = { after: place, limit: Math.min(AT_ONCE, limit - ids.length) };
      const { items, next }: { items: Run[]; next: string | null } = await this.runs.list(organization, filter, page);
      ids.push(...items.map(({ id }) => id));
      place = next;
    }
    return { ids, hasMore: place !== null };
  }

  private async each(
    organization: string,
    ids: readonly string[],
    reason: string | undefined,
  ): Promise<Omit<Cancellations, 'hasMore'>> {
    const told: Omit<Cancellations, 'hasMore'> = { runs: [], failed: [] };
    for (const part of chunksOf(ids, AT_ONCE)) {
      const ends = await Promise.allSettled(part.map((id) => this.runs.cancel(organization, id, reason)));
      for (const [index, end] of ends.entries()) note(told, part[index]!, end);
    }
    return told;
  }
}

/** A run that has finished meanwhile, or is gone, needs no cancellation any more. */
function note({ runs, failed }: Omit<Cancellations, 'hasMore'>, id: string, end: PromiseSettledResult<Run>): void {
  if (end.status === 'fulfilled') runs.push(id);
  else if (!isNeedless(end.reason)) failed.push({ id, detail: messageOf(end.reason, LONGEST_DETAIL) });
}

const isNeedless = (error: unknown): boolean => error instanceof NotFoundError || error instanceof StateConflictError;
