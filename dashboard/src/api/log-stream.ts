import type { Schemas } from './client.ts';
import { followEvents } from './event-stream.ts';

export type Line = Schemas['LogEntryResponse'];
export type StreamState = 'open' | 'broken' | 'ended';

const WAITS = [1000, 2000, 5000, 15_000];

/** Reads a log to its end, which is that of its run. */
export async function followLog(
  runId: string,
  signal: AbortSignal,
  onLine: (line: Line) => void,
  onState: (state: StreamState) => void,
): Promise<void> {
  await followEvents({
    path: `/v1/runs/${encodeURIComponent(runId)}/log`,
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
