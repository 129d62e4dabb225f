import { packageVersion } from '../cluster/package-version.js';
import type { InstanceWork } from '../cluster/instance-work.js';

/** What a runner tells of itself when it has started. */
export interface Started {
  name: string | null;
  /** The id of the instance. */
  instance: string;
  store: string;
  /** The server of the locks, if it is another one. */
  locks: string | null;
  work: InstanceWork;
}

/** Of a long list the line names so many. */
const MOST_NAMES = 20;

/** One line that tells what has started: which version, on which store, and what it works. */
export function startedLine({ name, instance, store, locks, work }: Started): string {
  const title = `Scheduled Task Runner ${packageVersion()}${name === null ? '' : ` "${name}"`}`;
  const places = `store ${store}${locks === null ? '' : `, locks in ${locks}`}`;
  return `${title} started: ${places}; ${inWords(work)}; instance ${instance}`;
}

function inWords({ works, queues, actions, handlers }: InstanceWork): string {
  if (!works) return 'works nothing, only schedules';
  const of = queues === null ? 'all queues' : `queues ${listed(queues)}`;
  return `${of}; handlers ${listed(handlers)}; actions ${listed(actions.filter((action) => action !== 'handler'))}`;
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const rest = names.length - MOST_NAMES;
  return names.slice(0, MOST_NAMES).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
