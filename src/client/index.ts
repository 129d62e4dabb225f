import createClient, { type Client } from 'openapi-fetch';
import type { components, paths } from './schema.js';

/** The problem details (RFC 9457) of an answer that is not a success. */
export type Problem = components['schemas']['ProblemResponse'];

/** Every operation of the REST API, by method and path, with the types of openapi.json. */
export type TaskRunnerClient = Client<paths>;

export interface TaskRunnerClientOptions {
  /** Where the service is, as in `https://tasks.example.org`. */
  baseUrl: string;
  /** A token or an API key, or where to get one: it is asked for each request. */
  token: string | (() => string | Promise<string>);
  /** Another `fetch`, for a proxy or for tests. Default: that of the platform. */
  fetch?: (request: Request) => Promise<Response>;
}

/** A request that the service refused, or could not answer. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  constructor(
    readonly status: number,
    /** Undefined where something else than the service answered, such as a proxy. */
    readonly problem: Problem | undefined,
  ) {
    super(problem ? sentenceOf(problem) : `The answer was ${status}.`);
  }
}

/** A client for the REST API, on `fetch` alone. */
export function createTaskRunnerClient({ baseUrl, token, fetch }: TaskRunnerClientOptions): TaskRunnerClient {
  const client = createClient<paths>({ baseUrl, ...(fetch && { fetch }) });
  client.use({
    async onRequest({ request }) {
      const bearer = typeof token === 'string' ? token : await token();
      request.headers.set('authorization', `Bearer ${bearer}`);
      return request;
    },
  });
  return client;
}

/** What a call answered, when it succeeded. @throws ProblemError otherwise */
export async function demand<Data>(call: Promise<Outcome<Data>>): Promise<Data> {
  const { data, error, response } = await call;
  if (response.ok) return data as Data;
  throw new ProblemError(response.status, isProblem(error) ? error : undefined);
}

/**
 * The items of a list, page by page: `page` asks for the one after a cursor (undefined: the first).
 * @throws ProblemError
 */
export async function* everyItem<Item>(
  page: (cursor: string | undefined) => Promise<Outcome<PageOf<Item>>>,
): AsyncGenerator<Item, void, undefined> {
  let cursor: string | undefined;
  do {
    const { items, nextCursor } = await demand(page(cursor));
    yield* items;
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined);
}

interface Outcome<Data> {
  data?: Data | undefined;
  error?: unknown;
  response: Response;
}

interface PageOf<Item> {
  items: Item[];
  nextCursor?: string | null | undefined;
}

const isProblem = (error: unknown): error is Problem =>
  typeof error === 'object' && error !== null && Array.isArray((error as Partial<Problem>).errors);

function sentenceOf({ detail, errors }: Problem): string {
  const faults = errors.map(({ pointer, parameter, detail: fault }) => [pointer ?? parameter, fault].join(' ').trim());
  return [detail, ...faults].join('; ');
}
