import type { IHeaders, KafkaMessage } from 'kafkajs';
import type { IncomingMessage } from '../transport.js';

/** The message in a record. A topic that is made anew counts from 0 again: the time tells its records from the former ones. */
export const messageIn = (partition: number, { offset, timestamp, headers, value }: KafkaMessage): IncomingMessage => ({
  position: `${partition}/${offset}/${timestamp}`,
  at: Number(timestamp),
  headers: headersIn(headers),
  value,
});

function headersIn(headers: IHeaders = {}): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, given]) => {
    const value = Array.isArray(given) ? given[0] : given;
    return value === undefined ? [] : [[name.toLowerCase(), value.toString('utf8')] as const];
  });
  return Object.fromEntries(entries);
}
