import { readFile } from 'node:fs/promises';
import { createTaskRunnerClient, type TaskRunnerClient } from '../../client/index.js';
import { UsageError } from '../terminal/exit.js';
import type { Terminal } from '../terminal/terminal.js';
import { patient, sent } from './patient-fetch.js';
import { Profiles } from './profiles.js';

/** What a call says about the service. */
export interface ConnectionOptions {
  url?: string;
  tokenFile?: string;
  profile?: string;
}

/** A service to talk to. */
export interface Connection {
  url: string;
  client: TaskRunnerClient;
  /** A request outside the typed client, with the token. */
  fetch: (path: string, init: { accept: string; headers?: Record<string, string> }) => Promise<Response>;
  /** A request that is made once, whatever comes of it. */
  once: (path: string) => Promise<Response>;
}

/** What a header can hold. */
const TOKEN = /^[\x21-\x7e]+$/;

/** The service that a call means: by its words, the environment, or a profile. @throws UsageError */
export async function connect(options: ConnectionOptions, terminal: Terminal): Promise<Connection> {
  const { url, token } = await targetOf(options, terminal);
  const once = (request: Request): Promise<Response> => fetch(request, { redirect: 'error' });
  const send = patient(terminal.clock, once);
  return {
    url,
    once: (path) => sent(terminal.clock, once, new Request(`${url}${path}`)),
    client: createTaskRunnerClient({ baseUrl: url, token, fetch: send }),
    fetch: (path, { accept, headers }) =>
      send(new Request(`${url}${path}`, { headers: { ...headers, authorization: `Bearer ${token}`, accept } })),
  };
}

async function targetOf(options: ConnectionOptions, terminal: Terminal): Promise<{ url: string; token: string }> {
  const { env } = terminal;
  const named = options.profile ?? env['TASK_RUNNER_PROFILE'];
  // A profile whose service is not meant gives its token to nobody.
  const isDirect = named === undefined && (options.url ?? env['TASK_RUNNER_URL']) !== undefined;
  const profiles = isDirect ? null : await Profiles.read(env);
  const name = named ?? profiles?.current;
  const profile = profiles && name ? profiles.get(name) : undefined;
  if (profile && options.url !== undefined) throw new UsageError('Say --url or a profile, not both.');
  const url = profile?.url ?? options.url ?? env['TASK_RUNNER_URL'];
  if (url === undefined) throw new UsageError('Which service? Say --url, TASK_RUNNER_URL, or --profile.');
  // A profile that is named is address and token together: the environment may hold the token of another service.
  const ofProfile = named !== undefined && options.tokenFile === undefined ? profile?.token : undefined;
  const token = ofProfile ?? (await tokenOf(options, terminal)) ?? profile?.token;
  if (token === undefined) throw new UsageError('The token is missing: TASK_RUNNER_TOKEN, --token-file, or a profile.');
  return { url: checkedUrl(url), token: checkedToken(token) };
}

/** The token of a call, from a file, the standard input (`-`) or the environment; never from its words, which others see. */
export async function tokenOf({ tokenFile }: ConnectionOptions, terminal: Terminal): Promise<string | undefined> {
  if (tokenFile === '-') return (await terminal.input()).trim();
  if (tokenFile !== undefined) return (await readToken(tokenFile)).trim();
  return terminal.env['TASK_RUNNER_TOKEN'] || undefined;
}

const readToken = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`The file of the token cannot be read (${error.code}).`);
  });

/** @throws UsageError, which does not say the token */
export function checkedToken(token: string): string {
  if (!TOKEN.test(token)) throw new UsageError('The token has characters that no token has, or is empty.');
  return token;
}

/** @throws UsageError */
export function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol)) throw new UsageError('The address of the service must be http(s)://….');
  if (url.username !== '' || url.password !== '') throw new UsageError('The address must not have a password in it.');
  if (/[?#]/.test(url.href)) throw new UsageError('The address of the service must end with its path.');
  return url.href.replace(/\/$/, '');
}
