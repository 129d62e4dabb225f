import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { PROBLEM_JSON, problem, type Problem } from '../problems/problem.js';
import { SECURITY_HEADERS } from '../secure-headers.js';

const NOT_HTTP = problem(400, 'bad-request', 'The request is not valid HTTP.');

/** What is answered where there is no request yet that a route could answer; by the code of Node's error. */
const ANSWERS: Record<string, Problem> = {
  ERR_HTTP_REQUEST_TIMEOUT: problem(408, 'request-timeout', 'The request was not complete in time.'),
  HPE_HEADER_OVERFLOW: problem(431, 'headers-too-large', 'The headers are larger than 16 KiB.'),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: problem(413, 'body-too-large', 'The chunks of the body have too long extensions.'),
};

const EXPECTATION = problem(417, 'expectation-failed', 'The only expectation that can be met is 100-continue.');

/** Answers what Node's parser refuses as a problem, with the headers that every answer has, and closes the connection. */
export function answerParserError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable && !isAnswering(socket)) socket.write(responseText(ANSWERS[error.code ?? ''] ?? NOT_HTTP));
  socket.destroySoon();
}

/** Answers an `Expect` that nobody can meet. */
export function refuseExpectations(server: Server): void {
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const body = JSON.stringify(EXPECTATION);
    response.writeHead(EXPECTATION.status, headersFor(body)).end(body);
  });
}

/** A part of an answer cannot be followed by another one. */
const isAnswering = (socket: Socket): boolean =>
  (socket as { _httpMessage?: ServerResponse | null })._httpMessage?.headersSent === true;

const headersFor = (body: string): Record<string, string> => ({
  'content-type': PROBLEM_JSON,
  'content-length': String(Buffer.byteLength(body)),
  'cache-control': 'no-store',
  'x-request-id': randomUUID(),
  connection: 'close',
  ...SECURITY_HEADERS,
});

function responseText(answer: Problem): string {
  const body = JSON.stringify(answer);
  const headers = Object.entries(headersFor(body)).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${answer.status} ${answer.title}\r\n${headers.join('')}\r\n${body}`;
}
