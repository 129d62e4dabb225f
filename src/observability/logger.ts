import type { LoggerService } from '@nestjs/common';
import { pino, type DestinationStream, type Logger } from 'pino';
import type { LogLevelName } from '../settings/settings.js';

const SECRETS = ['authorization', 'cookie', 'set-cookie', 'password', 'secret', 'secrets', 'token', 'jwtSecret'];
/** Where secrets could stand in what is logged: at the top, or one or two members deep. */
const REDACTED = SECRETS.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]);

/** What Nest tells while it puts the application together; of interest only when that fails. */
const BOOT_CONTEXTS = new Set<unknown>([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/** A logger that writes one line of JSON per entry, whatever the entry holds, and masks secrets. */
export const createPino = (level: LogLevelName, destination: DestinationStream = pino.destination(1)): Logger =>
  pino({ level, base: null, redact: { paths: REDACTED, censor: '***' } }, destination);

/** Lets Nest write to pino. Its last text parameter is the context, as Nest passes it. */
export class PinoLogger implements LoggerService {
  constructor(private readonly destination: Logger) {}

  log(message: unknown, ...parameters: unknown[]): void {
    this.write(BOOT_CONTEXTS.has(parameters.at(-1)) ? 'debug' : 'info', message, parameters);
  }

  error(message: unknown, ...parameters: unknown[]): void {
    this.write('error', message, parameters);
  }

  warn(message: unknown, ...parameters: unknown[]): void {
    this.write('warn', message, parameters);
  }

  debug(message: unknown, ...parameters: unknown[]): void {
    this.write('debug', message, parameters);
  }

  verbose(message: unknown, ...parameters: unknown[]): void {
    this.write('trace', message, parameters);
  }

  fatal(message: unknown, ...parameters: unknown[]): void {
    this.write('fatal', message, parameters);
  }

  private write(
    level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace',
    message: unknown,
    parameters: unknown[],
  ) {
    if (!this.destination.isLevelEnabled(level)) return;
    const details = [...parameters];
    const context = typeof details.at(-1) === 'string' ? details.pop() : undefined;
    const { text, fields } = readable(message);
    this.destination[level]({ ...(context !== undefined && { context }), ...fields, ...detailsOf(details) }, text);
  }
}

/** An error keeps its stack and an object its members; anything else is text. */
function readable(message: unknown): { text?: string; fields?: Record<string, unknown> } {
  if (message instanceof Error) return { text: message.message, fields: { err: message } };
  return typeof message === 'string' ? { text: message } : { fields: { data: message } };
}

function detailsOf(details: readonly unknown[]): Record<string, unknown> {
  const known = details.filter((detail) => detail !== undefined);
  if (known.length === 0) return {};
  return known.length === 1 && typeof known[0] === 'string' ? { stack: known[0] } : { details: known };
}
