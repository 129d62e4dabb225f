import { API } from '../app/base.ts';
import { send, type Schemas } from './client.ts';
import { EventParser } from './event-parser.ts';

export type Line = Schemas['LogEntryResponse'];
export type StreamState = 'open' | 'broken' | 'ended';

/** Waits before the stream is opened again, in milliseconds. */
const WAITS = [1000, 2000, 5000, 15_000];

/** Reads a log to its end, which is that of its run. After a break it goes on behind the last line. */
export async function followLog(
  runId: string,
  signal: AbortSignal,
  onLine: (line: Line) => void,
  onState: (state: StreamState) => void,
): Promise<void> {
  let [lastId, breaks] = ['', 0];
  while (!signal.aborted) {
    try {
      const headers = { accept: 'text/event-stream', ...(lastId !== '' && { 'last-event-id': lastId }) };
      const answer = await send(new Request(`${API}/v1/runs/${encodeURIComponent(runId)}/log`, { headers, signal }));
      if (!answer.ok || answer.body === null) {
        if (answer.status < 500) return onState('ended');
        throw new Error(String(answer.status));
      }
      onState('open');
      const parser = new EventParser();
      for await (const text of textsOf(answer.body)) {
        for (const event of parser.take(text)) {
          breaks = 0;
          if (event.id !== '') lastId = event.id;
          if (event.type === 'end') return onState('ended');
          if (event.type === 'message' || event.type === 'entry') onLine(JSON.parse(event.data) as Line);
        }
      }
      throw new Error('The stream ended before the log.');
    } catch {
      if (signal.aborted) return;
      onState('broken');
      await pause(WAITS[Math.min(breaks++, WAITS.length - 1)]! * (0.75 + Math.random() / 2), signal);
    }
  }
}

async function* textsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
