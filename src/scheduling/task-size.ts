import { InvalidInputError } from '../domain/errors.js';
import type { Json } from '../domain/json.js';
import { jsonSize } from '../domain/json-size.js';
import type { Task } from '../domain/task.js';

type Stored = Pick<Task, 'definition' | 'secrets'>;

const sizeOf = ({ definition, secrets }: Stored): number => jsonSize(definition as unknown as Json) + jsonSize(secrets);

/** Refuses a task that is too large as a whole, unless it was larger `before` (the limit may have been another one). */
export function demandTaskSize(task: Stored, limit: number, before?: Stored): void {
  const size = sizeOf(task);
  if (size <= limit || (before && size <= sizeOf(before))) return;
  const detail = `would make a task of ${size} bytes with its sealed secrets; at most ${limit} are stored`;
  throw new InvalidInputError([{ pointer: '', detail }]);
}
