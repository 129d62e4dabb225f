import { ProblemError, type Problem } from '../../client/index.js';
import type { components } from '../../client/schema.js';
import { messageOf } from '../../domain/thrown.js';
import type { Call } from '../command.js';
import type { Connection } from '../connection/connection.js';
import { EXIT, FailedError } from '../terminal/exit.js';
import { escaped, printable } from '../terminal/printable.js';
import type { Terminal } from '../terminal/terminal.js';
import { listed } from './listed.js';

type Entry = components['schemas']['LogEntryResponse'];

/** How often a stream that breaks is taken up again, without a word from it in between: a restart takes a while. */
const MOST_BREAKS = 30;
const PAUSE_MS = 1000;
const AWAY = [502, 503, 504];
/** An entry has at most some 64 kB. */
const LARGEST_EVENT = 4_000_000;

export interface LogOptions {
  follow?: boolean;
  limit: number;
  /** How many of the last entries. */
  tail?: number;
}

/** `run logs ID` */
export async function logs(
  { terminal, service }: Call,
  id: string,
  { follow = false, limit, tail }: LogOptions,
): Promise<number> {
  const connection = await service();
  const end = tail === undefined ? {} : { tail };
  const path = `/v1/runs/${encodeURIComponent(id)}/log${tail === undefined ? '' : `?tail=${tail}`}`;
  if (follow) return followed(terminal, connection, path);
  const entries = await listed<Entry>(
    terminal,
    limit,
    // It can also be a stream, so that its type says less.
    (asked) =>
      connection.client.GET('/v1/runs/{id}/log', { params: { path: { id }, query: { ...asked, ...end } } }) as never,
  );
  await terminal.show(entries, (items) => items.map(line).join('\n'));
  return EXIT.done;
}

/** Shows the entries of a log as they come, until the run ends; as JSON, one a line. */
async function followed(terminal: Terminal, connection: Connection, path: string): Promise<number> {
  let last: string | undefined;
  let isBegun = false;
  let fault: unknown;
  for (let breaks = 0; breaks <= MOST_BREAKS; breaks++) {
    try {
      for await (const event of eventsOf(connection, path, last)) {
        if (event.type === 'end') {
          await terminal.say(`The run ended: ${(JSON.parse(event.data) as { state: string }).state}.`);
          return EXIT.done;
        }
        [breaks, isBegun] = [0, true];
        last = event.id ?? last;
        if (event.type === 'message') await tell(terminal, JSON.parse(event.data) as Entry);
      }
    } catch (error) {
      const isTold = error instanceof ProblemError || error instanceof FailedError;
      if (isTold && !(isBegun && isAway(error))) throw error;
      fault = error;
    }
    await terminal.clock.sleep(PAUSE_MS);
  }
  const why = fault === undefined ? '' : ` ${messageOf(fault)}`;
  throw new FailedError(`The log breaks off again and again.${why}`, EXIT.away);
}

/** Whether the service does not answer, or what stands before it says so. */
const isAway = (error: ProblemError | FailedError): boolean =>
  error instanceof ProblemError ? AWAY.includes(error.status) : error.code === EXIT.away;

const tell = (terminal: Terminal, entry: Entry): Promise<void> =>
  terminal.format === 'json' ? terminal.raw(`${escaped(JSON.stringify(entry))}\n`) : terminal.print(line(entry));

function line({ at, level, attempt, message, data }: Entry): string {
  const rest = data === undefined ? '' : ` ${JSON.stringify(data)}`;
  return printable(`${at} ${level.padEnd(5)} #${attempt} ${message}${rest}`);
}

interface ServerEvent {
  type: string;
  data: string;
  id?: string;
}

async function* eventsOf(connection: Connection, path: string, last: string | undefined): AsyncGenerator<ServerEvent> {
  const answer = await connection.fetch(path, {
    accept: 'text/event-stream',
    ...(last !== undefined && { headers: { 'last-event-id': last } }),
  });
  if (!answer.ok) throw new ProblemError(answer.status, (await answer.json().catch(() => undefined)) as Problem);
  let text = '';
  for await (const part of answer.body!.pipeThrough(new TextDecoderStream())) {
    text += part;
    const events = text.split('\n\n');
    text = events.pop()!;
    if (text.length > LARGEST_EVENT) throw new FailedError('The log is not what it should be.');
    for (const event of events) yield eventIn(event);
  }
}

function eventIn(text: string): ServerEvent {
  const fields = new Map(text.split('\n').map((each) => [each.split(':', 1)[0]!, each.replace(/^[^:]*: ?/, '')]));
  const id = fields.get('id');
  // A comment keeps the connection alive.
  const type = fields.get('event') ?? (fields.has('data') ? 'message' : 'comment');
  return { type, data: fields.get('data') ?? '', ...(id !== undefined && { id }) };
}
