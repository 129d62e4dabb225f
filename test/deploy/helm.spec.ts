import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { loadSettings } from '../../src/settings/load-settings.js';
import { VARIABLES } from '../../src/settings/variables.js';
import { chart, kind, podOf, render, renderer, root } from './chart.js';
import { at, type Tree } from './tree.js';

const SECRETS = {
  STORE_URL: 'mongodb://db.example.org/tasks',
  JWT_SECRET: 'an example of 32 bytes or longer!',
  ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
};

const EVERYTHING = {
  secrets: SECRETS,
  settings: { LOG_LEVEL: 'debug', CONCURRENCY: 200, SHUTDOWN_GRACE_MS: 45_500, RATE_LIMIT_PER_MINUTE: 1_000_000 },
  image: { tag: '9.9.9' },
  podLabels: { team: 'quality' },
  ingress: { enabled: true, className: 'nginx', tls: [{ hosts: ['tasks.example.org'], secretName: 'tls' }] },
  autoscaling: { enabled: true },
  serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
  prometheusRule: { enabled: true, labels: { release: 'prometheus' } },
  dashboards: { enabled: true, annotations: { folder: 'Tasks' } },
  networkPolicy: { enabled: true, from: [{ podSelector: {} }], egress: [{ ports: [{ port: 27017 }] }] },
};

const VALUE_SETS: [string, Tree][] = [
  ['the secrets alone', { secrets: SECRETS }],
  ['an existing secret', { existingSecret: 'mine' }],
  [
    'public keys instead of a JWT secret',
    { secrets: { ...SECRETS, JWT_SECRET: '' }, settings: { JWKS_URL: 'https://id.example.org/keys' } },
  ],
  ['everything turned on', EVERYTHING],
  ['its own names', { secrets: SECRETS, fullnameOverride: 'tasks', serviceAccount: { create: false, name: 'robot' } }],
];

const decoded = (data: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(data as Record<string, string>).map(([name, value]) => [
      name,
      Buffer.from(value, 'base64').toString(),
    ]),
  );

/** The environment of the container. An existing secret is assumed to hold what it must. */
function environmentOf(objects: Tree[]): Record<string, string> {
  const secret = objects.find((object) => object['kind'] === 'Secret');
  const settings = at(kind(objects, 'ConfigMap'), 'data') as Record<string, string>;
  return { ...settings, ...(secret ? decoded(secret['data']) : SECRETS) };
}

const rendered = renderer === undefined ? describe.skip : describe;

rendered('the Helm chart', () => {
  describe.each(VALUE_SETS)('with %s', (_, values) => {
    it('gives the service an environment that it accepts', async () => {
      const environment = environmentOf(await render(values));
      expect(Object.keys(environment).filter((name) => name !== 'NODE_ENV' && !(name in VARIABLES))).toEqual([]);
      expect(loadSettings(environment)).toMatchObject({ production: true, host: '0.0.0.0', port: 3000 });
    });

    it('selects the pods that it makes, everywhere', async () => {
      const objects = await render(values);
      const labels = at(podOf(objects), 'metadata.labels');
      const selectors = objects.flatMap((object) =>
        [
          object['kind'] === 'Service' ? at(object, 'spec.selector') : undefined,
          object['kind'] === 'ServiceMonitor' ? undefined : at(object, 'spec.selector.matchLabels'),
          at(object, 'spec.podSelector.matchLabels'),
        ].filter((selector) => selector !== undefined),
      );
      expect(selectors.length).toBeGreaterThanOrEqual(3);
      for (const selector of selectors) expect(labels).toMatchObject(selector as Tree);
    });

    it('refers only to what exists', async () => {
      const objects = await render(values);
      const container = at(podOf(objects), 'spec.containers.0') as Tree;
      const names = (name: string) => objects.filter((o) => o['kind'] === name).map((o) => at(o, 'metadata.name'));
      expect(names('ConfigMap')).toContain(at(container, 'envFrom.0.configMapRef.name'));
      expect([...names('Secret'), values['existingSecret']]).toContain(at(container, 'envFrom.1.secretRef.name'));
      expect([...names('ServiceAccount'), 'robot']).toContain(at(podOf(objects), 'spec.serviceAccountName'));
      expect(at(kind(objects, 'Service'), 'spec.ports.0.targetPort')).toBe(at(container, 'ports.0.name'));
    });

    it('lets the service finish its runs before it is killed', async () => {
      const objects = await render(values);
      const { drainMs, engine } = loadSettings(environmentOf(objects));
      const graceMs = drainMs + engine.shutdownGraceMs + 2000;
      expect(Number(at(podOf(objects), 'spec.terminationGracePeriodSeconds')) * 1000).toBeGreaterThan(graceMs);
    });
  });

  it('probes what the service serves', async () => {
    const container = at(podOf(await render({ secrets: SECRETS })), 'spec.containers.0');
    expect(at(container, 'ports.0.containerPort')).toBe(3000);
    expect(at(container, 'livenessProbe.httpGet')).toEqual({ path: '/health/live', port: 'http' });
    expect(at(container, 'startupProbe.httpGet.path')).toBe('/health/live');
    expect(at(container, 'readinessProbe.httpGet')).toEqual({ path: '/health/ready', port: 'http' });
  });

  it('gives a start the time of its migrations, by value', async () => {
    const container = async (values: Tree) =>
      at(podOf(await render({ secrets: SECRETS, ...values })), 'spec.containers.0');
    const mostSeconds = (probe: unknown) => Number(at(probe, 'periodSeconds')) * Number(at(probe, 'failureThreshold'));
    expect(mostSeconds(at(await container({}), 'startupProbe'))).toBe(300);
    const patient = { startupProbe: { periodSeconds: 5, failureThreshold: 720 } };
    expect(mostSeconds(at(await container(patient), 'startupProbe'))).toBe(3600);
  });

  it('leads from the ingress to what people and clients use, and never to metrics and probes', async () => {
    const pathsOf = async (ingress: Tree) => {
      const objects = await render({ secrets: SECRETS, ingress: { enabled: true, ...ingress } });
      return (at(kind(objects, 'Ingress'), 'spec.rules.0.http.paths') as Tree[]).map(({ path }) => path);
    };
    expect(await pathsOf({})).toEqual(['/v1', '/dashboard']);
    expect(await pathsOf({ docs: true })).toEqual(['/v1', '/dashboard', '/docs', '/docs-json', '/guide']);
  });

  it('takes variables, volumes, hooks and a spread of its own', async () => {
    const variable = { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } };
    const [volume, mount] = [
      { name: 'anchors', emptyDir: {} },
      { name: 'anchors', mountPath: '/anchors' },
    ];
    const lifecycle = { preStop: { exec: { command: ['sleep', '5'] } } };
    const spread = { maxSkew: 2, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' };
    const more = { extraEnv: [variable], extraVolumes: [volume], extraVolumeMounts: [mount], lifecycle };
    const pod = podOf(await render({ secrets: SECRETS, ...more, topologySpreadConstraints: [spread] }));
    const container = at(pod, 'spec.containers.0') as Tree;
    expect(container).toMatchObject({ env: [variable], lifecycle });
    expect(container['volumeMounts']).toEqual([{ name: 'tmp', mountPath: '/tmp' }, mount]);
    expect(at(pod, 'spec.volumes')).toEqual([{ name: 'tmp', emptyDir: {} }, volume]);
    expect(at(pod, 'spec.topologySpreadConstraints')).toEqual([spread]);
    const plain = podOf(await render({ secrets: SECRETS }));
    expect(Object.keys(at(plain, 'spec.containers.0') as Tree)).not.toContain('env');
    expect(at(plain, 'spec.topologySpreadConstraints.0.topologyKey')).toBe('kubernetes.io/hostname');
  });

  it('trusts an authority of your own', async () => {
    const certificates = { existingSecret: 'authorities', mountPath: '/certificates', caFile: 'ca.crt' };
    const pod = podOf(await render({ secrets: SECRETS, certificates }));
    expect(at(pod, 'spec.containers.0.env')).toEqual([{ name: 'NODE_EXTRA_CA_CERTS', value: '/certificates/ca.crt' }]);
    const sentence = 'certificates.caFile is a file of certificates.existingSecret, which must be set.';
    await expect(render({ secrets: SECRETS, certificates: { caFile: 'ca.crt' } })).rejects.toThrow(sentence);
  });

  it('starts new pods when the existing secret is said to be another one', async () => {
    const sumOf = async (values: Tree) =>
      (at(podOf(await render(values)), 'metadata.annotations') as Tree)['checksum/existing-secret'];
    const before = await sumOf({ existingSecret: 'mine', existingSecretChecksum: 'v1' });
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    expect(await sumOf({ existingSecret: 'mine', existingSecretChecksum: 'v2' })).not.toBe(before);
    expect(await sumOf({ existingSecret: 'mine' })).toMatch(/^[0-9a-f]{64}$/);
    expect(await sumOf({ secrets: SECRETS })).toBeUndefined();
  });

  it('mounts a secret with files for TLS where the settings find them', async () => {
    const certificates = { existingSecret: 'brokers', mountPath: '/certificates' };
    const settings = { KAFKA_BROKERS: 'kafka:9093', KAFKA_TLS: true, KAFKA_CA_FILE: '/certificates/ca.crt' };
    const objects = await render({ secrets: SECRETS, certificates, settings });
    const [tmp, mount] = at(podOf(objects), 'spec.containers.0.volumeMounts') as Tree[];
    expect([tmp!['name'], mount]).toEqual([
      'tmp',
      { name: 'certificates', mountPath: '/certificates', readOnly: true },
    ]);
    expect(at(podOf(objects), 'spec.volumes.1')).toEqual({ name: 'certificates', secret: { secretName: 'brokers' } });
    expect(loadSettings(environmentOf(objects)).kafka).toMatchObject({ tls: true, caFile: '/certificates/ca.crt' });
    expect(at(podOf(await render({ secrets: SECRETS })), 'spec.volumes')).toHaveLength(1);
  });

  it('runs without privileges on a root file system that cannot be written', async () => {
    const pod = podOf(await render({ secrets: SECRETS }));
    expect(at(pod, 'spec.securityContext')).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
    expect(at(pod, 'spec.containers.0.securityContext')).toMatchObject({
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    });
    expect(at(pod, 'spec.containers.0.volumeMounts.0')).toEqual({ name: 'tmp', mountPath: '/tmp' });
    expect(at(pod, 'spec.volumes')).toEqual([{ name: 'tmp', emptyDir: {} }]);
    expect(at(pod, 'spec.containers.0.resources.limits.memory')).toBeDefined();
  });

  it('keeps every instance serving while it is rolled out', async () => {
    const objects = await render({ secrets: SECRETS });
    expect(at(kind(objects, 'Deployment'), 'spec.replicas')).toBeGreaterThanOrEqual(2);
    expect(at(kind(objects, 'Deployment'), 'spec.strategy.rollingUpdate')).toEqual({ maxUnavailable: 0, maxSurge: 1 });
    expect(at(kind(objects, 'PodDisruptionBudget'), 'spec.maxUnavailable')).toBe(1);
  });

  it('leaves the number of instances to the autoscaler', async () => {
    const objects = await render(EVERYTHING);
    const name = at(kind(objects, 'Deployment'), 'metadata.name');
    expect(at(kind(objects, 'Deployment'), 'spec.replicas')).toBeUndefined();
    expect(at(kind(objects, 'HorizontalPodAutoscaler'), 'spec.scaleTargetRef.name')).toBe(name);
  });

  it('leads from the ingress, the monitor and the policy to the service', async () => {
    const objects = await render(EVERYTHING);
    const service = kind(objects, 'Service');
    expect(at(kind(objects, 'Ingress'), 'spec.rules.0.http.paths.0.backend.service')).toEqual({
      name: at(service, 'metadata.name'),
      port: { name: at(service, 'spec.ports.0.name') },
    });
    const monitor = kind(objects, 'ServiceMonitor');
    expect(at(monitor, 'spec.endpoints.0')).toMatchObject({ port: 'http', path: '/metrics' });
    expect(at(service, 'metadata.labels')).toMatchObject(at(monitor, 'spec.selector.matchLabels') as Tree);
    expect(at(kind(objects, 'NetworkPolicy'), 'spec.policyTypes')).toEqual(['Ingress', 'Egress']);
  });

  it('brings the alerts and the dashboard to those who look for them', async () => {
    const objects = await render(EVERYTHING);
    const rule = kind(objects, 'PrometheusRule');
    expect(at(rule, 'metadata.labels')).toMatchObject({ release: 'prometheus' });
    expect(rule['spec']).toEqual(parse(readFileSync(join(root, 'deploy/alerts/task-runner.yaml'), 'utf8')));
    const dashboards = objects.find((object) => String(at(object, 'metadata.name')).endsWith('-dashboards'))!;
    expect(at(dashboards, 'metadata.labels')).toMatchObject({ grafana_dashboard: '1' });
    expect(at(dashboards, 'metadata.annotations')).toEqual({ folder: 'Tasks' });
    const [name, text] = Object.entries(dashboards['data'] as Record<string, string>)[0]!;
    expect(name).toBe('task-runner.json');
    expect(JSON.parse(text)).toEqual(JSON.parse(readFileSync(join(root, 'deploy/grafana/task-runner.json'), 'utf8')));
  });

  it('makes only what is needed unless told otherwise', async () => {
    const kinds = (await render({ secrets: SECRETS })).map((object) => object['kind']);
    expect(new Set(kinds)).toEqual(
      new Set(['ConfigMap', 'Deployment', 'PodDisruptionBudget', 'Secret', 'Service', 'ServiceAccount']),
    );
    const without = (await render({ existingSecret: 'mine' })).map((object) => object['kind']);
    expect(without).not.toContain('Secret');
  });

  it('starts new pods when a setting or a secret changes', async () => {
    const annotations = async (values: Tree) => at(podOf(await render(values)), 'metadata.annotations');
    const before = await annotations({ secrets: SECRETS });
    expect(await annotations({ secrets: SECRETS })).toEqual(before);
    expect(await annotations({ secrets: SECRETS, settings: { LOG_LEVEL: 'warn' } })).not.toEqual(before);
    expect(await annotations({ secrets: { ...SECRETS, REDIS_URL: 'redis://r' } })).not.toEqual(before);
  });

  it('takes the address of a replica set, with its commas', async () => {
    const STORE_URL = 'mongodb://user:pass@a:27017,b:27017,c:27017/tasks?replicaSet=rs0&tls=true';
    const secret = kind(await render({ secrets: { ...SECRETS, STORE_URL } }), 'Secret');
    expect(Buffer.from(String(at(secret, 'data.STORE_URL')), 'base64').toString()).toBe(STORE_URL);
  });

  it.each([
    [{ STORE_URL: '' }, 'secrets.STORE_URL (mongodb://…) or existingSecret must be set.'],
    [{ STORE_URL: 'file:./tasks.db' }, 'secrets.STORE_URL must start with mongodb:// or mongodb+srv://'],
    [{ JWT_SECRET: '' }, 'secrets.JWT_SECRET (32 bytes or more), settings.JWKS_URL or existingSecret must be set.'],
    [{ JWT_SECRET: 'short' }, 'secrets.JWT_SECRET must be text of 32 bytes or more.'],
    [
      { ENCRYPTION_KEYS: '' },
      'secrets.ENCRYPTION_KEYS (id:base64 pairs of 32-byte keys) or existingSecret must be set.',
    ],
  ])('refuses %j with a sentence', async (secrets, sentence) => {
    await expect(render({ secrets: { ...SECRETS, ...secrets } })).rejects.toThrow(sentence);
  });
});

describe("the Helm chart's values", () => {
  const schema = JSON.parse(readFileSync(join(chart, 'values.schema.json'), 'utf8')) as Tree;
  const values = parse(readFileSync(join(chart, 'values.yaml'), 'utf8')) as Tree;
  const keysAt = (path: string) => Object.keys(at(schema, `properties.${path}.properties`) as Tree);

  it('take every variable that the chart does not set itself, and no other', () => {
    const own = ['HOST', 'PORT'];
    expect([...keysAt('settings'), ...keysAt('secrets'), ...own].toSorted()).toEqual(Object.keys(VARIABLES).toSorted());
  });

  it('are all described by the schema', () => {
    expect(Object.keys(values).filter((key) => at(schema, `properties.${key}`) === undefined)).toEqual([]);
    const sections = Object.entries(values).filter(([key]) => at(schema, `properties.${key}.properties`) !== undefined);
    for (const [key, section] of sections)
      expect(keysAt(key)).toEqual(expect.arrayContaining(Object.keys(section as Tree)));
  });

  it.each([
    ['alerts.yaml', 'deploy/alerts/task-runner.yaml'],
    ['dashboard.json', 'deploy/grafana/task-runner.json'],
  ])('have %s beside them as it is in %s, since a chart is packed without what lies outside', (copy, original) => {
    expect(readFileSync(join(chart, 'files', copy), 'utf8')).toBe(readFileSync(join(root, original), 'utf8'));
  });

  it('name the version of the package', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Tree;
    expect(parse(readFileSync(join(chart, 'Chart.yaml'), 'utf8'))).toMatchObject({ version, appVersion: version });
  });
});
