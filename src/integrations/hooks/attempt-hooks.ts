import { Injectable } from '@nestjs/common';
import { boundedText } from '../../domain/bounded-text.js';
import { LONGEST_REASON } from '../../domain/thrown.js';
import type { ActionContext } from '../action.js';
import { HookCaller, type HookAnswer } from './hook-caller.js';
import { afterContextOf, contextOf, type ToldEnd, type ToldRun } from './hook-contexts.js';
import { HookRegistry, type Hook } from './hook-registry.js';

/** Why an attempt is not made, by which hook, in words. */
export interface AttemptVeto {
  kind: 'skip' | 'fail';
  reason: string;
  /** False when another attempt would not help. */
  retryable?: boolean;
}

/** The hooks around an attempt. */
@Injectable()
export class AttemptHooks {
  constructor(
    private readonly hooks: HookRegistry,
    private readonly caller: HookCaller,
  ) {}

  /** Whether there are hooks before attempts. */
  get anyBefore(): boolean {
    return this.hooks.has('before');
  }

  /** Whether there are hooks after attempts. */
  get anyAfter(): boolean {
    return this.hooks.has('after');
  }

  /**
   * Calls the hooks before an attempt, one after the other; resolves to why it is not made, or to null.
   * @throws the reason of the attempt's signal when that fires meanwhile
   */
  async before(attempt: ActionContext): Promise<AttemptVeto | null> {
    for (const hook of this.hooks.of('before')) {
      const told = (signal: AbortSignal) => contextOf(attempt, signal);
      const answer = await this.caller.call(hook, `before ${whichOf(attempt)}`, told, attempt.signal);
      attempt.signal.throwIfAborted();
      const veto = vetoOf(hook, answer);
      if (!veto) continue;
      if (veto === 'ignored') attempt.log('warn', `The hook ${hook.source} ${faultOf(answer)}`);
      else return veto;
    }
    return null;
  }

  /** Calls the hooks after an attempt, one after the other. Never rejects. */
  async after(attempt: ToldRun, end: ToldEnd): Promise<void> {
    for (const hook of this.hooks.of('after')) {
      const told = (signal: AbortSignal) => afterContextOf(attempt, end, signal);
      await this.caller.call(hook, `after ${whichOf(attempt)}`, told);
    }
  }
}

const whichOf = ({ run }: ToldRun): string => `attempt ${run.attempt} of run ${run.id}`;

/** What a hook wants: null that the attempt is made; 'ignored' when it failed and that counts for nothing. */
function vetoOf(hook: Hook, answer: HookAnswer): AttemptVeto | 'ignored' | null {
  const asked = 'value' in answer ? askedOf(answer.value) : 'wrong';
  if (asked !== 'wrong')
    return asked && { ...asked, reason: boundedText(`hook ${hook.source}: ${asked.reason}`, LONGEST_REASON) };
  if (hook.onError === 'ignore') return 'ignored';
  return { kind: 'fail', reason: boundedText(`hook ${hook.source} ${faultOf(answer)}`, LONGEST_REASON) };
}

const faultOf = (answer: HookAnswer): string =>
  'fault' in answer ? answer.fault : 'returned something else than { skip: reason } or { fail: reason }';

function askedOf(value: unknown): AttemptVeto | null | 'wrong' {
  if (value === undefined || value === null) return null;
  const { skip, fail, retryable } = value as Record<string, unknown>;
  if (typeof skip === 'string' && fail === undefined) return { kind: 'skip', reason: skip };
  if (typeof fail !== 'string' || skip !== undefined) return 'wrong';
  return { kind: 'fail', reason: fail, ...(retryable === false && { retryable }) };
}
