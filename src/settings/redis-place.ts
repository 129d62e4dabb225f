import type { TlsMaterial } from './tls-files.js';

/** Where a Redis server is, and with what connections of TLS to it are made. */
export interface RedisPlace {
  url: string;
  tls?: TlsMaterial | undefined;
}

/** What a client has to know of TLS: it takes `rediss://` for an order, and the material only with the order beside it. */
export const socketOf = ({ url, tls }: RedisPlace): TlsMaterial & { tls?: true } =>
  url.startsWith('rediss:') ? { tls: true, ...tls } : {};
