import { Refusal, type Schemas } from '../../api/client.ts';

type QuotaName = Schemas['SettingsImpactResponse']['quotas'][number]['name'];

/** The quotas by name, each with the unit of its amount. */
export const QUOTAS: Record<QuotaName, string> = {
  tasks: 'Tasks',
  concurrentRuns: 'Runs at once',
  startsPerMinute: 'Starts a minute',
  payloadBytes: 'Size of a payload, in bytes',
  webhookSources: 'Webhook sources',
};

/** What follows where more is in use than a quota would allow: tasks stay and run, runs wait. */
export const excessOf = (name: QuotaName): string =>
  name === 'tasks'
    ? 'more than it would allow; no task can be created until there are fewer'
    : 'more than it would allow; no further run starts until there is less';

/** Why it is not told what settings would do: they cannot be saved, or nobody could tell. */
export const untold = (error: Error): string =>
  error instanceof Refusal && error.status === 400
    ? `It could not be saved: ${error.message}`
    : `What saving would do is not known: ${error.message}`;
