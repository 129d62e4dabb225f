import { Injectable } from '@nestjs/common';
import { codeOf } from '../../domain/thrown.js';
import { Tracing, type SpanAttributes } from '../../tracing/tracing.js';
import type { Answer, OutgoingCall } from './guarded-client.js';

/**
 * Tells a tracing system of the requests of actions, and the receivers where in a trace these are. Paths and queries may hold
 * what is nobody's business: they are not told.
 */
@Injectable()
export class CallSpans {
  constructor(private readonly tracing: Tracing) {}

  async around(call: OutgoingCall, send: (call: OutgoingCall) => Promise<Answer>): Promise<Answer> {
    if (!this.tracing.isOn) return send(call);
    const span = this.tracing.start({ name: call.method, kind: 'client', attributes: attributesOf(call) });
    // What the task says itself counts.
    const isOwn = 'traceparent' in call.headers;
    const traced = isOwn || !span.trace ? call : withHeaders(call, { ...span.trace });
    try {
      const answer = await span.within(() => send(traced));
      const { status } = answer;
      span.end({ 'http.response.status_code': status }, status >= 400 ? String(status) : undefined);
      return answer;
    } catch (error) {
      span.end({}, codeOf(error) ?? 'error');
      throw error;
    }
  }
}

function attributesOf({ method, url }: OutgoingCall): SpanAttributes {
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return {
    'http.request.method': method,
    'server.address': url.hostname,
    'server.port': port,
    'url.scheme': url.protocol.slice(0, -1),
  };
}

const withHeaders = (call: OutgoingCall, headers: Record<string, string>): OutgoingCall => ({
  ...call,
  headers: { ...call.headers, ...headers },
  open: new Set([...call.open, ...Object.keys(headers)]),
});
