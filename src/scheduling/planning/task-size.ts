import { InvalidInputError } from '../../domain/errors.js';
import type { Json } from '../../domain/json.js';
import { jsonSize } from '../../domain/json-size.js';
import { jsonParts, MOST_PARTS, TOO_MANY_PARTS } from '../../domain/json-weight.js';
import type { Task } from '../../domain/task.js';

type Stored = Pick<Task, 'definition' | 'secrets'>;

const sizeOf = ({ definition, secrets }: Stored): number => jsonSize(definition as unknown as Json) + jsonSize(secrets);

const partsOf = ({ definition }: Stored): number => jsonParts(definition as unknown as Json);

/**
 * Refuses a task that is too large as a whole or has too many parts, unless it already exceeded that `before`, under
 * another limit. @throws InvalidInputError
 */
export function demandTaskSize(task: Stored, limit: number, before?: Stored): void {
  if (partsOf(task) > MOST_PARTS && !(before && partsOf(before) > MOST_PARTS))
    throw new InvalidInputError([{ pointer: '', detail: TOO_MANY_PARTS }]);
  const size = sizeOf(task);
  if (size <= limit || (before && size <= sizeOf(before))) return;
  const detail = `would make a task of ${size} bytes with its sealed secrets; at most ${limit} are stored`;
  throw new InvalidInputError([{ pointer: '', detail }]);
}
