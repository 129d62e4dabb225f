import { spend, TooCostlyError, withBudget } from '../domain/budget.js';
import type { ReceivedEvent } from '../domain/event.js';
import { combinations, isScalar, pathsOf, termOf, type Scalar } from '../domain/event-index.js';
import { viewOf } from './event-filter.js';
import { ABSENT, someAt } from './filter/path.js';

/** How many terms an event has at the most; one that would have more is compared with all that wait for its type. */
const MOST_TERMS = 500;
const MOST_STEPS = 50_000;

/**
 * The terms under which everything is found that the event may match, by the shapes of the organization; undefined
 * where they would be too many.
 */
export function termsOf(event: ReceivedEvent, shapes: readonly string[]): string[] | undefined {
  try {
    return withBudget(MOST_STEPS, 'To look the event up', () => lookedUp(event, shapes));
  } catch (error) {
    if (error instanceof TooCostlyError) return undefined;
    throw error;
  }
}

function lookedUp(event: ReceivedEvent, shapes: readonly string[]): string[] {
  const view = viewOf(event);
  const values = new Map<string, Scalar[]>();
  const terms = new Set<string>();
  const at = (path: string): Scalar[] => {
    let found = values.get(path);
    if (!found) values.set(path, (found = valuesAt(view, path)));
    return found;
  };
  for (const shape of shapes) {
    const lists = pathsOf(shape).map(at);
    if (terms.size + lists.reduce((ways, { length }) => ways * length, 1) > MOST_TERMS)
      throw new TooCostlyError('To look the event up');
    for (const way of combinations(lists)) terms.add(termOf(event.type, shape, way));
  }
  return [...terms];
}

/** All values at the path to which a filter's value could be equal. */
function valuesAt(view: ReturnType<typeof viewOf>, path: string): Scalar[] {
  const found = new Set<Scalar>();
  someAt(view, path.split('.'), (value) => {
    if (value === ABSENT) return false;
    if (isScalar(value)) found.add(value);
    else if (Array.isArray(value)) for (const item of value) if ((spend(), isScalar(item))) found.add(item);
    return found.size > MOST_TERMS;
  });
  return [...found];
}
