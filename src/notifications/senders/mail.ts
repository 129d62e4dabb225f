import type { SmtpSettings } from '../../settings/settings.js';

/** The injection token of `Mail`. */
export const MAIL = Symbol('MAIL');

/** One e-mail. */
export interface Letter {
  /** The same in repetitions, so that a receiver can recognise them. */
  messageId: string;
  to: readonly string[];
  subject: string;
  text: string;
  /** A page that shows the same, where there is one. */
  html?: string;
}

/** Sends e-mail by the operator's server. */
export interface Mail {
  /** Whether the installation sends e-mail. */
  readonly isThere: boolean;
  /** Resolves to what the server answered. */
  send(letter: Letter, signal: AbortSignal): Promise<string>;
  close(): void;
}

const CONNECTION_MS = 10_000;
const NEEDED = 'E-mail needs the package nodemailer: npm install nodemailer@10.';

/** Sends by SMTP. The library is loaded with the first e-mail: hosts that send none need not install it. */
export class SmtpMail implements Mail {
  private transport: Promise<Transport> | null = null;

  constructor(private readonly settings: SmtpSettings) {}

  get isThere(): boolean {
    return this.settings.url !== null && this.settings.from !== null;
  }

  async send({ messageId, to, subject, text, html }: Letter, signal: AbortSignal): Promise<string> {
    if (!this.isThere) throw new Error('This installation sends no e-mail: SMTP_URL and SMTP_FROM are not set.');
    this.transport ??= transportTo(this.settings.url!);
    const transport = await this.transport;
    signal.throwIfAborted();
    const { response } = await transport.sendMail({
      ...{ from: this.settings.from!, to: [...to], subject, text, messageId: `<${messageId}@scheduled-task-runner>` },
      ...(html !== undefined && { html }),
      headers: { 'Auto-Submitted': 'auto-generated' },
      // Nothing in a message reads a file or calls an address.
      ...{ disableFileAccess: true, disableUrlAccess: true },
    });
    return response;
  }

  close(): void {
    void this.transport?.then((transport) => transport.close()).catch(() => undefined);
  }
}

interface Transport {
  sendMail(message: object): Promise<{ response: string }>;
  close(): void;
}

async function transportTo(url: string): Promise<Transport> {
  const { createTransport } = await import('nodemailer').catch(() => {
    throw new Error(NEEDED);
  });
  const timeouts = { connectionTimeout: CONNECTION_MS, greetingTimeout: CONNECTION_MS, socketTimeout: CONNECTION_MS };
  const parsed = new URL(url);
  return createTransport({
    ...{ host: parsed.hostname, port: Number(parsed.port) || (parsed.protocol === 'smtps:' ? 465 : 587) },
    secure: parsed.protocol === 'smtps:',
    ...(parsed.username !== '' && {
      auth: { user: decodeURIComponent(parsed.username), pass: decodeURIComponent(parsed.password) },
    }),
    ...timeouts,
  });
}
