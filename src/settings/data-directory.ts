import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Settings } from './settings.js';

/** The path of the embedded store's file; null when the store is MongoDB. */
export function embeddedStorePath(storeUrl: string): string | null {
  if (!storeUrl.startsWith('file:')) return null;
  return storeUrl.startsWith('file://') ? fileURLToPath(storeUrl) : storeUrl.slice('file:'.length);
}

/** The folder for generated files, such as secrets: next to the embedded store, or `data` without one. */
export function dataDirectory(settings: Pick<Settings, 'storeUrl'>): string {
  const path = embeddedStorePath(settings.storeUrl);
  return path === null ? './data' : dirname(path);
}
