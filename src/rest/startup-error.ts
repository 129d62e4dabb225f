import { SettingsError, StoreUnavailableError } from '../domain/errors.js';

/** Why the service cannot start, in one sentence that never holds a secret. */
export function startupSentence(error: unknown, address: { host: string; port: number }): string {
  if (error instanceof SettingsError || error instanceof StoreUnavailableError) return oneLine(error.message);
  const { code, message } = error as NodeJS.ErrnoException;
  const explain = SENTENCES[code ?? ''];
  return explain ? explain(address) : `The service could not start: ${oneLine(message ?? String(error))}`;
}

const SENTENCES: Record<string, (address: { host: string; port: number }) => string> = {
  EADDRINUSE: ({ host, port }) => `Port ${port} on ${host} is taken by another program: set PORT to a free one.`,
  EACCES: ({ port }) => `Port ${port} may not be used by this user: set PORT to one above 1023.`,
  EADDRNOTAVAIL: ({ host }) => `${host} is not an address of this machine: set HOST to one that is.`,
  ENOTFOUND: ({ host }) => `The host name ${host} is not known: set HOST to an address of this machine.`,
};

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ');
