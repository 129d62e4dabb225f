import { readFileSync } from 'node:fs';
import { SettingsError } from '../domain/errors.js';
import type { TlsSettings } from './settings.js';

/** What a connection of TLS is made with, as PEM; nothing of it for the authorities and the anonymity that Node has anyway. */
export interface TlsMaterial {
  ca?: string;
  cert?: string;
  key?: string;
}

/** What stands in the files; `variables` is how their names begin in the environment. @throws SettingsError */
export function tlsMaterial({ caFile, certFile, keyFile }: TlsSettings, variables: string): TlsMaterial {
  return {
    ...(caFile !== null && { ca: pemIn(caFile, `${variables}_CA_FILE`) }),
    ...(certFile !== null && { cert: pemIn(certFile, `${variables}_CERT_FILE`) }),
    ...(keyFile !== null && { key: pemIn(keyFile, `${variables}_KEY_FILE`) }),
  };
}

/** The sentence does not quote the file: it may hold a key. */
function pemIn(path: string, variable: string): string {
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new SettingsError(`The file of ${variable} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
  if (!text.includes('-----BEGIN ')) throw new SettingsError(`The file of ${variable} is not in PEM.`);
  return text;
}
