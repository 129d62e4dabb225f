import { SettingsError } from '../../domain/errors.js';

/** An optional library; `what` says what needs it. Rejects with a `SettingsError` when it is not installed. */
export async function installed<Library>(name: string, what: string, load: () => Promise<Library>): Promise<Library> {
  try {
    return await load();
  } catch (error) {
    throw new SettingsError(`${what}: install ${name} for that.`, { cause: error });
  }
}
