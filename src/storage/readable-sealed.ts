import { reasonOf } from '../domain/unreadable.js';
import type { SealedSecrets } from '../secrets/sealed.store.js';
import { isObject, isText, objectIn, readable, type Shape } from './shape.js';

const SEALED: Shape = { organization: isText, taskId: isText, secrets: isObject, definition: isObject };

interface Row {
  organization: string;
  taskId: string;
  /** JSON, if the record is valid. */
  secrets: unknown;
  definition: unknown;
}

/** The sealed secrets of a task; of a record that cannot be read, why. */
export function readableSealed({ organization, taskId, secrets, definition }: Row): SealedSecrets {
  return readable<SealedSecrets>(
    () => ({
      ...{ organization, taskId, secrets: objectIn(secrets) as Record<string, string> },
      definition: objectIn(definition) as unknown as SealedSecrets['definition'],
    }),
    SEALED,
    (error) => ({ organization, taskId, secrets: {}, definition: NOTHING, unreadable: reasonOf(error) }),
  );
}

const NOTHING = { action: { type: 'noop' }, parameters: {} } as const;
