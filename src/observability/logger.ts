import type { LoggerService } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { pino, type DestinationStream, type Logger } from 'pino';
import type { Clock } from '../clock/clock.js';
import { SystemClock } from '../clock/system-clock.js';
import { LineRates } from '../operator-log/line-rates.js';
import { LogLine } from '../operator-log/log-line.js';
import type { RuntimeSettings } from '../settings/runtime-settings.js';
import type { LogLevelName } from '../domain/service-log-levels.js';

const SECRETS = ['authorization', 'cookie', 'set-cookie', 'password', 'secret', 'secrets', 'token', 'jwtSecret'];
/** Where secrets may be in log entries: at the top, or one or two members deep. */
const REDACTED = SECRETS.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]);

/** Nest's messages while it assembles the application, and when it cannot: the end of the start says that in a sentence. */
const BOOT_CONTEXTS = new Set<unknown>([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
  'ExceptionHandler',
]);

/** Who writes the lines; the id of the instance is known once it has started, and changes with each loss of its lock. */
export interface Writer {
  version: string;
  instance?: () => string;
}

/** A logger that writes one line of JSON per entry, whatever the entry contains, masks secrets, and says who writes. */
export const createPino = (
  level: LogLevelName,
  destination: DestinationStream = pino.destination(1),
  writer: Writer | null = null,
): Logger =>
  pino(
    {
      ...{ level, base: null, redact: { paths: REDACTED, censor: '***' } },
      ...(writer && { mixin: () => ({ instance: writer.instance?.(), version: writer.version }) }),
    },
    destination,
  );

/** Has the log follow what the operator sets while the service runs. */
export function followLevel(log: Logger, level: LogLevelName, runtime: RuntimeSettings): void {
  runtime.declare('logLevel', level);
  runtime.onChange(() => (log.level = runtime.of('logLevel').value as LogLevelName));
}

/** How long a line that says the same as one before it is left out (ms), and of how many lines that is known. */
const SAME_MS = 10_000;
const MOST_KNOWN = 200;

interface Known {
  /** Monotonic ms. */
  at: number;
  repeated: number;
}

/**
 * Makes Nest log to pino. The last text parameter is the context, as Nest passes it. Of each context and level, ten lines
 * a second are written; a warning that is repeated while something lasts, such as an outage, is written every ten
 * seconds. Lines of operators (`LogLine`) have bounds of their own, and requests none.
 */
export class PinoLogger implements LoggerService {
  private readonly rates: LineRates;
  private readonly known = new LRUCache<string, Known>({ max: MOST_KNOWN });

  constructor(
    private readonly destination: Logger,
    private readonly clock: Clock = new SystemClock(),
  ) {
    this.rates = new LineRates(clock, (kind, count) => this.writeRest(kind, count));
  }

  log(message: unknown, ...parameters: unknown[]): void {
    this.write(BOOT_CONTEXTS.has(parameters.at(-1)) ? 'debug' : 'info', message, parameters);
  }

  error(message: unknown, ...parameters: unknown[]): void {
    this.write(BOOT_CONTEXTS.has(parameters.at(-1)) ? 'debug' : 'error', message, parameters);
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

  private write(level: Level, message: unknown, parameters: unknown[]): void {
    if (!this.destination.isLevelEnabled(level)) return;
    const details = [...parameters];
    const context = typeof details.at(-1) === 'string' ? (details.pop() as string) : undefined;
    const repeated = this.repeatedUntil(level, context, message);
    if (repeated === null) return;
    const { text, fields } = readable(message);
    const about = { ...(context !== undefined && { context }), ...fields, ...detailsOf(details) };
    this.destination[level](repeated > 0 ? { ...about, repeated } : about, text);
  }

  /** How often the same was left out before this line; null when this one is to be left out, too. */
  private repeatedUntil(level: Level, context: string | undefined, message: unknown): number | null {
    if (!BOUNDED.has(level) || message instanceof LogLine) return 0;
    const repeated = level === 'info' || typeof message !== 'string' ? 0 : this.repeated(`${context} ${message}`);
    return repeated === null || !this.rates.admits(JSON.stringify([level, context])) ? null : repeated;
  }

  private repeated(line: string): number | null {
    const at = this.clock.monotonic();
    const known = this.known.get(line);
    if (known && at - known.at < SAME_MS) {
      known.repeated++;
      return null;
    }
    this.known.set(line, { at, repeated: 0 });
    return known?.repeated ?? 0;
  }

  private writeRest(kind: string, count: number): void {
    const [level, context] = JSON.parse(kind) as [Level, string | null];
    const about = { ...(context !== null && { context }), count, leftOut: true };
    this.destination[level](about, `${count} more lines in one second are left out.`);
  }
}

type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** The levels whose lines are bounded in number: who asks for finer ones wants to see all of them. */
const BOUNDED = new Set<Level>(['error', 'warn', 'info']);

/** A line of operators has its fields, an error keeps its stack and an object its members; anything else is text. */
function readable(message: unknown): { text?: string; fields?: Record<string, unknown> } {
  if (message instanceof LogLine) return { text: message.message, fields: message.fields };
  if (message instanceof Error) return { text: message.message, fields: { err: message } };
  return typeof message === 'string' ? { text: message } : { fields: { data: message } };
}

function detailsOf(details: readonly unknown[]): Record<string, unknown> {
  const known = details.filter((detail) => detail !== undefined);
  if (known.length === 0) return {};
  return known.length === 1 && typeof known[0] === 'string' ? { stack: known[0] } : { details: known };
}
