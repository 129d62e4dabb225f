import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { boundedText } from '../../domain/bounded-text.js';
import { ActionError } from '../../integrations/action.js';
import { networkFailure } from '../../integrations/http/failures.js';
import { GuardedClient, type Answer } from '../../integrations/http/guarded-client.js';
import { signatureHeaders } from '../../integrations/http/request-signature.js';
import { retryAfterMs } from '../../integrations/http/retry-after.js';
import { Redactor } from '../../secrets/redact.js';
import { SealedSecretError } from '../../secrets/sealer.js';
import { signingAt, type Channel } from '../channels/channel.js';
import { ChannelSecrets } from '../channels/channel-secrets.js';
import type { NotificationDelivery } from '../deliveries/delivery.js';
import type { Outcome } from '../deliveries/delivery-plan.js';
import { discordMessage, slackMessage, teamsMessage } from './chat-messages.js';
import { headline, linesOf } from './lines.js';
import { MAIL, type Mail } from './mail.js';
import { messageIdOf, webhookMessage } from './webhook-message.js';

/** How much of an answer is kept (bytes). */
const LONGEST_EXCERPT = 1024;
/** Statuses after which another try may help. */
const TRANSIENT = [408, 409, 425, 429];
const MAIL_ROOM = 100_000;
/** Shorter pieces of an address are no secrets. */
const SHORTEST_PIECE = 6;

/** A try without its times. */
type Result = Omit<Outcome, 'at' | 'durationMs'>;

const MESSAGES = { webhook: webhookMessage, slack: slackMessage, discord: discordMessage, teams: teamsMessage };

/** Sends deliveries to channels of each type. */
@Injectable()
export class Senders {
  constructor(
    private readonly client: GuardedClient,
    private readonly secrets: ChannelSecrets,
    private readonly clock: Clock,
    @Inject(MAIL) private readonly mail: Mail,
  ) {}

  /** What came of a try; rejects never. */
  async send(channel: Channel, delivery: NotificationDelivery, signal: AbortSignal): Promise<Outcome> {
    const [at, began] = [this.clock.now(), this.clock.monotonic()];
    const result = channel.type === 'email' ? await this.post(channel, delivery, signal) : await this.call(channel, delivery, signal); // prettier-ignore
    return { ...result, at, durationMs: Math.round(this.clock.monotonic() - began) };
  }

  private async call(channel: Channel, delivery: NotificationDelivery, signal: AbortSignal): Promise<Result> {
    let url = '';
    try {
      url = this.secrets.openUrl(channel);
      const type = channel.type as keyof typeof MESSAGES;
      const body = JSON.stringify(MESSAGES[type](delivery));
      const headers = { 'content-type': 'application/json', 'user-agent': 'scheduled-task-runner', ...traceOf(channel, delivery), ...this.signature(channel, delivery, body) }; // prettier-ignore
      const call = {
        ...{ organization: channel.organization, method: 'POST', url: new URL(url), headers, body },
        ...{ open: new Set<string>(), isConfidential: true, mayBecomeGet: false },
        // A redirect is a failure: it would take what is sent, and its signature, elsewhere.
        isFinal: () => true,
      };
      const answer = await this.client.call(call, () => true, signal);
      return this.resultOf(answer, new Redactor([...partsOf(url), ...this.plain(channel)]), channel.type !== 'webhook');
    } catch (error) {
      return failed(signal.aborted ? signal.reason : error, url);
    }
  }

  private signature(channel: Channel, delivery: NotificationDelivery, body: string): Record<string, string> {
    if (channel.type !== 'webhook') return {};
    const now = this.clock.now();
    const id = messageIdOf(delivery);
    const all = signingAt(channel, now).map((secret) =>
      Object.fromEntries(signatureHeaders(this.secrets.openSecret(channel, secret), id, now, body)),
    );
    return { ...all[0], 'webhook-signature': all.map((headers) => headers['webhook-signature']).join(' ') };
  }

  private plain(channel: Channel): string[] {
    return signingAt(channel, this.clock.now()).map((secret) => this.secrets.openSecret(channel, secret));
  }

  private resultOf({ status, headers, body }: Answer, redactor: Redactor, isChat: boolean): Result {
    const excerpt = 'text' in body ? boundedText(redactor.text(body.text), LONGEST_EXCERPT) : `${body.size} bytes`;
    const isAccepted = status >= 200 && status <= 299;
    return {
      ...{ status, body: excerpt, error: isAccepted ? null : `The receiver answered ${status}.` },
      // A chat refuses a message for good; whoever runs a webhook may yet mend it.
      isFinal: isChat && status >= 400 && status < 500 && !TRANSIENT.includes(status),
      ...{ isGone: status === 410, retryAfterMs: retryAfterMs(headers.get('retry-after'), this.clock.now()) ?? null },
    };
  }

  private async post({ to }: Channel, delivery: NotificationDelivery, signal: AbortSignal): Promise<Result> {
    try {
      const text = linesOf(delivery, MAIL_ROOM).join('\n');
      const letter = { messageId: delivery.id, to, subject: `[scheduler] ${headline(delivery)}`, text: `${text}\n` };
      const answered = await this.mail.send(letter, signal);
      return { status: 250, error: null, body: boundedText(answered, LONGEST_EXCERPT), isFinal: false, isGone: false, retryAfterMs: null }; // prettier-ignore
    } catch (error) {
      const { responseCode, response } = error as { responseCode?: unknown; response?: unknown };
      const status = typeof responseCode === 'number' ? responseCode : null;
      const body = typeof response === 'string' ? boundedText(response, LONGEST_EXCERPT) : null;
      return { ...failed(error, ''), status, body, isFinal: (status ?? 0) >= 500 };
    }
  }
}

/** Where in a trace the one thing belongs that a webhook is told. */
function traceOf({ type }: Channel, { alerts, more }: NotificationDelivery): { traceparent?: string } {
  const traceparent = more === 0 && alerts.length === 1 ? alerts[0]!.traceparent : undefined;
  return type === 'webhook' && traceparent !== undefined ? { traceparent } : {};
}

/** A try without an answer. What is told of it holds nothing of the address. */
function failed(error: unknown, url: string): Result {
  const failure = networkFailure(error);
  const told = url === '' ? failure.message : new Redactor(partsOf(url)).text(failure.message);
  const isFinal = failure.code === 'address-refused' || error instanceof SealedSecretError;
  const text = error instanceof ActionError || failure.code === 'network' ? told : `${failure.code}: ${told}`;
  return { status: null, error: boundedText(text, 300), body: null, isFinal, isGone: false, retryAfterMs: null };
}

/** An address and all of it that may be what opens it: receivers like to repeat their paths. */
function partsOf(text: string): string[] {
  const url = new URL(text);
  const pieces = [...url.pathname.split('/'), ...url.searchParams.values()].filter(
    (piece) => piece.length >= SHORTEST_PIECE,
  );
  return [text, url.href, url.pathname + url.search, url.search, ...pieces].filter((part) => part.length > 1);
}
