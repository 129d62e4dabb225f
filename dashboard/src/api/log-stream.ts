import { API } from '../app/base.ts';
import { saveAs } from '../ui/save-as.ts';
import { Refusal, send, type Schemas } from './client.ts';
import { followEvents } from './event-stream.ts';

export type Line = Schemas['LogEntryResponse'];
/** What of a log is wanted; the service looks for it. */
export interface LogFilter {
  level?: Line['level'];
  q?: string;
  attempt?: string;
}
/** Saves what fits of a log as a file of lines. @throws Refusal */
export async function saveLog(runId: string, filter: LogFilter): Promise<void> {
  const path = `/v1/runs/${encodeURIComponent(runId)}/log?${new URLSearchParams({ ...filter }).toString()}`;
  const answer = await send(new Request(`${API}${path}`, { headers: { accept: 'text/plain' } }));
  if (!answer.ok) throw new Refusal(answer.status, `The service answered with ${answer.status}.`);
  saveAs(`run-${runId}.log`, await answer.blob());
}

export type StreamState = 'open' | 'broken' | 'ended';

const WAITS = [1000, 2000, 5000, 15_000];

/** Reads a log to its end, which is that of its run. */
export async function followLog(
  runId: string,
  filter: LogFilter,
  signal: AbortSignal,
  onLine: (line: Line) => void,
  onState: (state: StreamState) => void,
): Promise<void> {
  const query = new URLSearchParams({ ...filter }).toString();
  await followEvents({
    path: `/v1/runs/${encodeURIComponent(runId)}/log${query && `?${query}`}`,
    signal,
    waits: WAITS,
    onOpen: () => onState('open'),
    onBreak: () => onState('broken'),
    onEvent: ({ type, data }) => {
      if (type === 'message' || type === 'entry') onLine(JSON.parse(data) as Line);
      return type !== 'end';
    },
  });
  if (!signal.aborted) onState('ended');
}
