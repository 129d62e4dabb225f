import { reasonOf } from '../domain/unreadable.js';
import type { StoredUnder } from '../organizations/settings.store.js';
import { objectIn } from './shape.js';

/** The settings; none where they cannot be read. */
export function readableSettings({ version, settings }: { version: number; settings: string }): StoredUnder {
  try {
    return { version, settings: objectIn(settings) };
  } catch (error) {
    return { version, settings: {}, unreadable: reasonOf(error) };
  }
}
