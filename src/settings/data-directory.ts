import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Settings } from './settings.js';

/** The path of the embedded store's file; null where the store is a MongoDB. */
export function embeddedStorePath(storeUrl: string): string | null {
  if (!storeUrl.startsWith('file:')) return null;
  return storeUrl.startsWith('file://') ? fileURLToPath(storeUrl) : storeUrl.slice('file:'.length);
}

/** The folder for what the service generates by itself, such as secrets: beside the embedded store, `data` without one. */
export function dataDirectory(settings: Pick<Settings, 'storeUrl'>): string {
  const path = embeddedStorePath(settings.storeUrl);
  return path === null ? './data' : dirname(path);
}
