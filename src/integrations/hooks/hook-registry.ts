import { Injectable } from '@nestjs/common';
import { SettingsError } from '../../domain/errors.js';
import type { BeforeAttemptOptions, HookKind } from './run-hook.js';

const DEFAULT_TIMEOUT_MS = 5000;
const LONGEST_TIMEOUT_MS = 60_000;

/** A hook as it is called. */
export interface Hook {
  kind: HookKind;
  /** Where it is declared, as in `Quotas.check`; its name in messages and metrics. */
  source: string;
  call: (context: object) => unknown;
  order: number;
  timeoutMs: number;
  onError: 'ignore' | 'fail';
  /** How many of its calls have not ended. */
  underWay: number;
  /** How many of its calls failed, took too long or were left out. */
  failures: number;
}

/** The hooks of this process, of each kind in the order in which they are called. */
@Injectable()
export class HookRegistry {
  private readonly hooks: Record<HookKind, Hook[]> = { before: [], after: [], retry: [], outcome: [] };

  /** Adds a hook. @throws SettingsError when one of its options is wrong */
  register(kind: HookKind, call: Hook['call'], source: string, options: BeforeAttemptOptions = {}): void {
    const { order = 0, timeoutMs = DEFAULT_TIMEOUT_MS, onError = 'ignore' } = options;
    const refuse = (option: string, fault: string): never => {
      throw new SettingsError(`${option} of the hook ${source} ${fault}.`);
    };
    if (!Number.isFinite(order)) refuse('order', 'must be a number');
    if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > LONGEST_TIMEOUT_MS)
      refuse('timeoutMs', `must be a whole number from 1 to ${LONGEST_TIMEOUT_MS}`);
    if (!['ignore', 'fail'].includes(onError)) refuse('onError', 'must be "ignore" or "fail"');
    if (onError === 'fail' && kind !== 'before')
      refuse('onError', 'must be left out: only a hook before an attempt can let it fail');
    const hooks = this.hooks[kind];
    hooks.push({ kind, source, call, order, timeoutMs, onError, underWay: 0, failures: 0 });
    // Stable: those of one order stay as they were found.
    hooks.sort((one, other) => (kind === 'after' ? other.order - one.order : one.order - other.order));
  }

  of(kind: HookKind): readonly Hook[] {
    return this.hooks[kind];
  }

  has(kind: HookKind): boolean {
    return this.hooks[kind].length > 0;
  }

  all(): Hook[] {
    return Object.values(this.hooks).flat();
  }
}
