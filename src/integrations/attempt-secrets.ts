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

/** The most bytes of a message that are handed on; the log keeps as many characters. */
const LONGEST_MESSAGE = 32_768;

/** What one attempt knows that nobody else may see, and the redactor that hides it. */
export interface Confidential {
  secrets: Record<string, string>;
  /** Ends this attempt when it waits for a call-back. */
  callbackToken: string;
  redactor: Redactor;
  /** The attempt's log, with everything confidential masked. */
  log: ActionContext['log'];
}

/** Opens for an attempt what it needs to know. */
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
      // While keys are rotated another instance may have the key already; what was tampered with stays so.
      throw new ActionError('secret-unavailable', error.message, { retryable: error.fault === 'unknown-key' });
    }
  }
}

/** Makes the token and the redactor when they are first needed: most attempts have nothing to hide or to be called back for. */
class Opened implements Confidential {
  private token: string | undefined;
  private masks: Redactor | undefined;

  constructor(
    readonly secrets: Record<string, string>,
    private readonly issueToken: () => string,
    private readonly context: ActionContext,
  ) {}

  get callbackToken(): string {
    return (this.token ??= this.issueToken());
  }

  get redactor(): Redactor {
    return (this.masks ??= new Redactor([...Object.values(this.secrets), this.callbackToken]));
  }

  /** Whatever host code hands over, so that no entry can fail the attempt that it tells of. */
  readonly log: ActionContext['log'] = (level, message: unknown, data: unknown) => {
    try {
      const kept = data === undefined || data === null ? undefined : keptData(data);
      const masked = kept && (this.redactor.json(kept) as JsonObject);
      this.context.log(LOG_LEVELS.includes(level) ? level : 'info', this.textOf(message), masked);
    } catch {
      this.context.log('warn', 'An entry could not be kept.');
    }
  };

  private textOf(message: unknown): string {
    if (message === '') return '';
    const mask = (text: string, isCut: boolean) => (isCut ? this.redactor.cutText(text) : this.redactor.text(text));
    return messageOf(message, LONGEST_MESSAGE, mask);
  }
}
