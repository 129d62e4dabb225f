import { AS_BY_TIMER } from '../../domain/as-by-timer.js';
import { LONGEST_SPREAD_MS, SECRET_NAME, type TaskInput } from '../../domain/task-definition.js';
import { crontabExpression, FIELD_COUNT, nicknameOf, type Translation } from '../cron/crontab-expression.js';
import { NotCarriedOver, ReadingBuilder, shortened, type Plan, type Reading } from '../reading.js';
import { crontabLines, type CrontabLine } from './crontab-lines.js';

export interface CrontabOptions {
  /** Whether each entry names the user that it runs as, as in /etc/crontab. */
  hasUsers: boolean;
  /** The IANA zone of the machine that the crontab is of, for entries below no CRON_TZ. */
  timeZone: string;
  /** The handler that the tasks call. */
  handler: string;
  /** Tells this crontab from others, such as those of other machines. */
  scope: string;
}

/** Variables that say how cron works, not what the command sees. */
const SETTINGS = ['CRON_TZ', 'MAILTO', 'MAILFROM', 'RANDOM_DELAY', 'CONTENT_TYPE', 'CONTENT_TRANSFER_ENCODING'];
/** A variable that probably holds what nobody should read. */
const CONFIDENTIAL = /pass|secret|token|credential|private|api_?key|access_?key/i;
const MINUTE_MS = 60_000;

/** The tasks that the entries of a crontab become. Each calls a handler, which gets the command as a parameter. */
export function readCrontab(text: string, options: CrontabOptions): Reading {
  const reading = new ReadingBuilder();
  const variables = new Map<string, string>();
  for (const line of crontabLines(text)) {
    if (line.kind === 'variable') variables.set(line.name, line.value);
    else {
      reading.add({ where: `line ${line.number}`, entry: line.text }, () => planOf(line, variables, options));
      tell(reading, variables, options);
    }
  }
  return reading;
}

function tell(reading: ReadingBuilder, variables: ReadonlyMap<string, string>, options: CrontabOptions): void {
  reading.remark(
    `The service runs no commands: each task calls the handler "${options.handler}", which gets the command in its parameters.`,
  );
  if (variables.get('MAILTO') !== '') reading.remark('Nobody gets a mail with what a command prints.');
  if (variables.has('CRON_TZ')) return;
  reading.remark(`Entries below no CRON_TZ are read in the time zone ${options.timeZone}; --time-zone names another.`);
  if (variables.has('TZ')) reading.remark('TZ is passed to the commands, and says nothing about when they run.');
}

type EntryLine = Extract<CrontabLine, { kind: 'entry' }>;

function planOf(line: EntryLine, variables: ReadonlyMap<string, string>, options: CrontabOptions): Omit<Plan, 'where'> {
  const { schedule, translation, user, command: raw } = partsOf(line.text, options.hasUsers);
  const { command, stdin } = commandOf(raw);
  if (command === '') throw new NotCarriedOver('has no command');
  const differences = [...translation.differences];
  const timeZone = variables.get('CRON_TZ') ?? options.timeZone;
  const spreadMs = delayOf(variables, differences);
  const { environment, secrets } = environmentOf(variables, differences);
  const input: TaskInput = {
    name: shortened(line.comment ?? command),
    description: `From the crontab ${shortened(options.scope)}.`,
    triggers: [{ type: 'cron', expression: translation.expression, timeZone }],
    action: { type: 'handler', name: options.handler },
    parameters: {
      command,
      ...(stdin !== undefined && { stdin }),
      ...(user !== undefined && { user }),
      ...(Object.keys(environment).length > 0 && { environment }),
    },
    ...(Object.keys(secrets).length > 0 && { secrets }),
    ...AS_BY_TIMER,
    ...(spreadMs > 0 && { spreadMs }),
  };
  return { key: [user ?? '', schedule, raw].join(' '), schedule, input, differences };
}

interface Parts {
  schedule: string;
  translation: Translation;
  user?: string;
  command: string;
}

function partsOf(text: string, hasUsers: boolean): Parts {
  // Some crons take a minus before an entry for "do not log it".
  const entry = text.replace(/^-(?=[\d*@])/, '');
  const count = entry.startsWith('@') ? 1 : FIELD_COUNT;
  const words = new RegExp(`^((?:\\S+\\s+){${count}})(${hasUsers ? '\\S+\\s+' : ''})(.*)$`, 's').exec(`${entry} `);
  if (!words) throw new NotCarriedOver(hasUsers ? 'has no time, user and command' : 'has no time and command');
  const fields = words[1]!.trim().split(/\s+/);
  const translation = count === 1 ? nicknameOf(fields[0]!) : crontabExpression(fields);
  const user = words[2]!.trim();
  return { schedule: fields.join(' '), translation, command: words[3]!.trim(), ...(user !== '' && { user }) };
}

/** A `%` ends the command; what follows is its input, where each further one is a new line. `\%` is a percent sign. */
export function commandOf(text: string): { command: string; stdin?: string } {
  const [command = '', ...lines] = text.split(/(?<!\\)%/).map((part) => part.replaceAll('\\%', '%'));
  return lines.length === 0 ? { command: command.trim() } : { command: command.trim(), stdin: lines.join('\n') };
}

/** `RANDOM_DELAY=n` delays each entry by up to n minutes, always by the same time until cron starts anew. */
function delayOf(variables: ReadonlyMap<string, string>, differences: string[]): number {
  const minutes = Number(variables.get('RANDOM_DELAY') ?? 0);
  if (!(minutes > 0)) return 0;
  differences.push(`Its delay of up to ${minutes} min is always the same now, by the task's id.`);
  return Math.min(minutes * MINUTE_MS, LONGEST_SPREAD_MS);
}

function environmentOf(variables: ReadonlyMap<string, string>, differences: string[]) {
  const environment: Record<string, string> = {};
  const secrets: Record<string, string> = {};
  for (const [name, value] of variables) {
    if (SETTINGS.includes(name)) continue;
    (CONFIDENTIAL.test(name) && SECRET_NAME.test(name) ? secrets : environment)[name] = value;
  }
  const names = Object.keys(secrets);
  if (names.length > 0) {
    differences.push(`The handler gets ${names.join(', ')} as secrets, which are sealed, not in its parameters.`);
  }
  return { environment, secrets };
}
