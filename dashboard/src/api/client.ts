import createClient from 'openapi-fetch';
import type { paths, components } from '../../../src/client/schema.ts';
import { API } from '../app/base.ts';
import { Store } from '../app/store.ts';
import { currentToken } from '../session/token.ts';

export type Schemas = components['schemas'];
export type Task = Schemas['TaskResponse'];
/** A task in a list, with how it does. */
export type ListedTask = Schemas['ListedTaskResponse'];
export type Run = Schemas['RunResponse'];
export type Occurrence = Schemas['OccurrenceResponse'];
export type Trigger = Task['triggers'][number];

/** What is wrong with a request, and where in its body. */
export interface Fault {
  pointer?: string;
  detail: string;
}

/** What the service said about a call that it did not answer as wished; status 0 if it did not say anything. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly faults: readonly Fault[] = [],
  ) {
    super(message);
  }
}

/** Since when the service does not answer, in epoch milliseconds; null while it does. */
export const silentSince = new Store<number | null>(null);
/** The last answer, in epoch milliseconds. */
let lastHeard = Date.now();

/** Called when the service does not know the caller (any more). */
export const refused = new Store<string | null>(null);

/** Sends a request with the token. @throws Refusal if the service cannot be reached */
export async function send(request: Request): Promise<Response> {
  const token = currentToken();
  if (token !== null) request.headers.set('authorization', `Bearer ${token}`);
  let answer: Response;
  try {
    answer = await fetch(request);
  } catch (error) {
    if (request.signal.aborted) throw error;
    if (silentSince.get() === null) silentSince.set(lastHeard);
    throw new Refusal(0, 'The service cannot be reached.');
  }
  lastHeard = Date.now();
  silentSince.set(null);
  if (answer.status === 401) refused.set(`${token ?? ''}|${lastHeard}`);
  return answer;
}

export const api = createClient<paths>({ baseUrl: API, fetch: send });

/** The body of an answer. @throws Refusal in the words of the service */
export async function got<Data>(call: Promise<{ data?: Data; error?: unknown; response: Response }>): Promise<Data> {
  const { data, error, response } = await call;
  if (response.ok) return data as Data;
  const { detail, errors = [] } = (error ?? {}) as { detail?: string; errors?: Fault[] };
  const told = errors.map((fault) => fault.detail).join(' ');
  throw new Refusal(response.status, told || detail || `The service answered with ${response.status}.`, errors);
}
