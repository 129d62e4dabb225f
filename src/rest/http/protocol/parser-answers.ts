import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { PROBLEM_JSON, problem, type Problem } from '../problems/problem.js';
import { SECURITY_HEADERS } from '../secure-headers.js';

const NOT_HTTP = problem(400, 'bad-request', 'The request is not valid HTTP.');

/** Answers for input that never became a request, by the code of Node's error. */
const ANSWERS: Record<string, Problem> = {
  ERR_HTTP_REQUEST_TIMEOUT: problem(408, 'request-timeout', 'The request was not complete in time.'),
  HPE_HEADER_OVERFLOW: problem(431, 'headers-too-large', 'The headers are larger than 16 KiB.'),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: problem(413, 'body-too-large', 'The chunks of the body have too long extensions.'),
};

const EXPECTATION = problem(417, 'expectation-failed', 'The only expectation that can be met is 100-continue.');

/** Answers input that Node's parser refuses with a problem and the usual headers, and closes the connection. */
export function answerParserError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable && !isAnswering(socket)) socket.write(responseText(ANSWERS[error.code ?? ''] ?? NOT_HTTP));
  socket.destroySoon();
}

/** Answers an `Expect` that no server can meet. */
export function refuseExpectations(server: Server): void {
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const body = JSON.stringify(EXPECTATION);
    response.writeHead(EXPECTATION.status, headersFor(body)).end(body);
  });
}

/** Once part of an answer is sent, no other answer can follow. */
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
