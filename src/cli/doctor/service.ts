import { packageVersion } from '../../cluster/package-version.js';
import { demand } from '../../client/index.js';
import type { components } from '../../client/schema.js';
import type { Call } from '../command.js';
import type { Connection } from '../connection/connection.js';
import { counted } from '../../domain/counted.js';
import { fault, type Finding, found, MOST_OFFSET_MS, ok, shown, warning } from './findings.js';

const MOST_INSTANCES = 200;

/** `doctor`: examines a running service. */
export async function examineService(call: Call): Promise<number> {
  const connection = await call.service();
  const findings = [
    await found('ready', () => ready(connection)),
    await found('token', () => me(call, connection)),
    ...(await instances(connection)),
    await found('attention', () => attention(connection)),
  ];
  return shown(call, findings);
}

async function ready({ once }: Connection): Promise<Finding> {
  const answer = await once('/health/ready');
  const body = (await answer.json()) as { reason?: string };
  return answer.ok ? ok('ready', 'takes up work') : fault('ready', body.reason ?? JSON.stringify(body));
}

async function me({ terminal }: Call, { client }: Connection): Promise<Finding> {
  const before = terminal.clock.now();
  const { subject, organization, roles, at, version } = await demand(client.GET('/v1/me'));
  const offsetMs = Date.parse(at) - (before + terminal.clock.now()) / 2;
  const who = `${subject} of ${organization}, ${roles.join(', ') || 'no role'}; version ${version}`;
  if (Math.abs(offsetMs) > MOST_OFFSET_MS) {
    return warning('token', `${who}; its clock differs from this one by ${Math.round(offsetMs)} ms`);
  }
  return version === packageVersion() ? ok('token', who) : warning('token', `${who}; this is ${packageVersion()}`);
}

async function instances({ client }: Connection): Promise<Finding[]> {
  const query = { limit: MOST_INSTANCES };
  let page: components['schemas']['InstancePage'] | undefined;
  const alive = await found('instances', async () => {
    page = await demand(client.GET('/v1/instances', { params: { query } }));
    const living = page.items.filter((instance) => instance.alive);
    const versions = [...new Set(living.map(({ version }) => version))];
    if (living.length === 0) return fault('instances', 'none is alive');
    return (versions.length > 1 ? warning : ok)(
      'instances',
      `${counted(living.length, 'instance')}, version ${versions.join(', ')}`,
    );
  });
  return page ? [alive, workers(page)] : [alive];
}

function workers({ missing }: components['schemas']['InstancePage']): Finding {
  if (missing.length === 0) return ok('workers', 'all that tasks need is there');
  const told = missing.map(({ kind, name, tasks }) => `no ${kind} ${name} for ${counted(tasks, 'task')}`);
  return fault('workers', told.join('; '));
}

async function attention({ client }: Connection): Promise<Finding> {
  const { items } = await demand(client.GET('/v1/attention'));
  const critical = items.filter(({ severity }) => severity === 'critical');
  const [first] = critical.length > 0 ? critical : items;
  if (!first) return ok('attention', 'nothing needs it');
  const more = items.length > 1 ? ` (and ${counted(items.length - 1, 'other')})` : '';
  return (critical.length > 0 ? fault : warning)('attention', first.sentence + more);
}
