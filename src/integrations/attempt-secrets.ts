import { Injectable } from '@nestjs/common';
import type { JsonObject } from '../domain/json.js';
import { CallbackTokens } from '../secrets/callback-tokens.js';
import { Redactor } from '../secrets/redact.js';
import { SealedSecretError } from '../secrets/sealer.js';
import { SecretsService } from '../secrets/secrets.service.js';
import { ActionError, type ActionContext } from './action.js';

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
    const secrets = this.openAll(context);
    const callbackToken = this.tokens.issue(context.run.id, context.attempt);
    const redactor = new Redactor([...Object.values(secrets), callbackToken]);
    const log: ActionContext['log'] = (level, message, data) =>
      context.log(level, redactor.text(message), data && (redactor.json(data) as JsonObject));
    return { secrets, callbackToken, redactor, log };
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
