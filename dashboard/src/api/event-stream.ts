import { API } from '../app/base.ts';
import { send } from './client.ts';
import { EventParser, type StreamEvent } from './event-parser.ts';

export interface Followed {
  path: string;
  signal: AbortSignal;
  /** Waits before the stream is opened again, in milliseconds. */
  waits: readonly number[];
  /** How long it may be silent, in milliseconds. */
  mostSilentMs?: number;
  onOpen: () => void;
  /** Whether the stream is to be read on. */
  onEvent: (event: StreamEvent) => boolean;
  /** It broke off; it is opened again. */
  onBreak: () => void;
}

/** Reads a stream until its end is told, or it is not to be had at all. After a break it goes on behind the last event. */
export async function followEvents(followed: Followed): Promise<void> {
  const { signal, waits, onBreak } = followed;
  const place = { lastId: '', breaks: 0 };
  while (!signal.aborted) {
    try {
      if (await readOnce(followed, place)) return;
      throw new Error('The stream ended too early.');
    } catch {
      if (signal.aborted) break;
      onBreak();
      await pause(waits[Math.min(place.breaks++, waits.length - 1)]! * (0.75 + Math.random() / 2), signal);
    }
  }
}

/** Whether there is nothing more to read. */
async function readOnce(followed: Followed, place: { lastId: string; breaks: number }): Promise<boolean> {
  const { path, mostSilentMs = Infinity, onOpen, onEvent } = followed;
  const silent = new AbortController();
  const signal = AbortSignal.any([followed.signal, silent.signal]);
  const headers = { accept: 'text/event-stream', ...(place.lastId !== '' && { 'last-event-id': place.lastId }) };
  const answer = await send(new Request(`${API}${path}`, { headers, signal }));
  if (!answer.ok || answer.body === null) {
    if (answer.status < 500 && answer.status !== 429) return true;
    throw new Error(String(answer.status));
  }
  onOpen();
  const parser = new EventParser();
  const watch = watchOver(mostSilentMs, silent);
  try {
    for await (const text of textsOf(answer.body)) {
      watch.heard();
      for (const event of parser.take(text)) {
        place.breaks = 0;
        if (event.id !== '') place.lastId = event.id;
        if (!onEvent(event)) return true;
      }
    }
    return false;
  } finally {
    watch.end();
    silent.abort();
  }
}

/** Breaks off what has been silent for too long. */
function watchOver(mostMs: number, silent: AbortController): { heard: () => void; end: () => void } {
  if (mostMs === Infinity) return { heard: () => undefined, end: () => undefined };
  const wait = (): ReturnType<typeof setTimeout> => setTimeout(() => silent.abort(), mostMs);
  let timer = wait();
  return {
    heard: () => {
      clearTimeout(timer);
      timer = wait();
    },
    end: () => clearTimeout(timer),
  };
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
