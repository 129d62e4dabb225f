import { Injectable } from '@nestjs/common';
import type { JsonObject } from '../domain/json.js';
import { messageOf } from '../domain/thrown.js';
import { keptData } from '../execution-log/kept-data.js';
import { LOG_LEVELS } from '../execution-log/log.store.js';
import { CallbackTokens } from '../secrets/callback-tokens.js';
import { Redactor } from '../secrets/redact.js';
import { SealedSecretError } from '../secrets/sealer.js';
import { SecretsService } from '../secrets/secrets.service.js';
import { ActionError, type ActionContext } from './action.js';

/** The maximum number of bytes of a message that is passed on; the log keeps as many characters. */
const LONGEST_MESSAGE = 32_768;

/** The confidential values of one attempt, and the redactor that masks them. */
export interface Confidential {
  secrets: Record<string, string>;
  /** The token that a callback needs to end this attempt while it waits. */
  callbackToken: string;
  redactor: Redactor;
  /** Hides these values as well from now on. */
  hide(values: readonly string[]): void;
  /** The attempt's log; masks everything confidential. */
  log: ActionContext['log'];
}

/** Opens the confidential values that an attempt needs. */
@Injectable()
export class AttemptSecrets {
  constructor(
    private readonly secrets: SecretsService,
    private readonly tokens: CallbackTokens,
  ) {}

  /** Throws an `ActionError` (`secret-unavailable`) when a secret of the task cannot be opened. */
  open(context: ActionContext): Confidential {
    return new Opened(this.openAll(context), () => this.tokens.issue(context.run.id, context.attempt), context);
  }

  private openAll({ task }: ActionContext): Record<string, string> {
    try {
      return this.secrets.openAll(task);
    } catch (error) {
      if (!(error instanceof SealedSecretError)) throw error;
      // During a key rotation another instance may already have the key; a tampered secret stays unreadable.
      throw new ActionError('secret-unavailable', error.message, { retryable: error.fault === 'unknown-key' });
    }
  }
}

/** Creates the token and the redactor on first use: most attempts neither hide anything nor wait for a callback. */
class Opened implements Confidential {
  private token: string | undefined;
  private masks: Redactor | undefined;
  private readonly others: string[] = [];

  constructor(
    readonly secrets: Record<string, string>,
    private readonly issueToken: () => string,
    private readonly context: ActionContext,
  ) {}

  get callbackToken(): string {
    return (this.token ??= this.issueToken());
  }

  get redactor(): Redactor {
    return (this.masks ??= new Redactor([...Object.values(this.secrets), this.callbackToken, ...this.others]));
  }

  hide(values: readonly string[]): void {
    if (values.length === 0) return;
    this.others.push(...values);
    this.masks = undefined;
  }

  /** Accepts whatever host code passes, so that no log entry can fail the attempt that it describes. */
  readonly log: ActionContext['log'] = (level, message: unknown, data: unknown) => {
    try {
      const hasData = data !== undefined && data !== null;
      const masked = hasData ? () => this.redactor.json(keptData(data)) as JsonObject : undefined;
      this.context.log(LOG_LEVELS.includes(level) ? level : 'info', this.textOf(message), masked);
    } catch {
      this.context.log('warn', 'An entry could not be kept.');
    }
  };

  private textOf(message: unknown): string {
    if (message === '') return '';
    return messageOf(message, LONGEST_MESSAGE, this.redactor.mask);
  }
}
