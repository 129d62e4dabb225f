import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OpenAPIObject } from '@nestjs/swagger';
import { offlineDocument } from '../../src/rest/openapi/offline-document.js';
import type { Problem } from '../../src/rest/http/problems/problem.js';
import { RestWorld } from './rest-world.js';

const SRC = new URL('../../src/rest/', import.meta.url);

let document: OpenAPIObject;
let world: RestWorld;
beforeAll(async () => {
  [document, world] = await Promise.all([offlineDocument(), RestWorld.start()]);
});
afterAll(() => world.stop());

interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  description: string;
  security?: unknown[];
  responses: Record<string, { content?: Record<string, { examples?: Record<string, { $ref: string }> }> }>;
  requestBody?: { content: Record<string, { examples: Record<string, { value: unknown }> }> };
}

/** No token is asked for there, since a signature lets in. */
const isSigned = (path: string): boolean => path.startsWith('/v1/hooks/');

const operations = () =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Operation>).map(([method, operation]) => ({ path, method, operation })),
  );

describe('the OpenAPI document', () => {
  it('is the one in openapi.json (npm run openapi writes it)', async () => {
    const stored: unknown = JSON.parse(await readFile(new URL('../../openapi.json', import.meta.url), 'utf8'));
    expect(JSON.parse(JSON.stringify(document))).toEqual(stored);
  });

  it('describes each class under a name of its own', async () => {
    const files = await readdir(SRC, { recursive: true });
    const texts = await Promise.all(
      files.filter((name) => name.endsWith('.ts')).map((name) => readFile(new URL(name, SRC), 'utf8')),
    );
    const names = texts.flatMap((text) => [...text.matchAll(/^export class (\w+)/gm)].map(([, name]) => name!));
    expect(names.length).toBeGreaterThan(100);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('is the one that the service shows at /docs-json', async () => {
    expect((await world.ask('GET /docs-json')).body).toEqual(JSON.parse(JSON.stringify(document)));
  });

  it('gives every operation an id of its own, a tag and its problems', () => {
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, operation } of operations()) {
      expect(operation.tags).toHaveLength(1);
      if (!path.startsWith('/v1/') || isSigned(path)) continue;
      expect(operation.security).toEqual([{ bearer: [] }]);
      for (const status of ['401', '403', '503']) {
        expect(operation.responses[status]?.content).toHaveProperty(['application/problem+json']);
      }
    }
  });

  it('gives every operation a summary and an id in plain words: a verb, and what the summary or the path names', () => {
    const verbs =
      /^(accept|backfill|cancel|change|check|compare|complete|count|create|delete|end|explain|follow|get|list|pause|preview|read|receive|redeliver|replace|replay|report|restore|resume|retry|revoke|run|search|skip|test|verify)/;
    for (const { path, operation } of operations()) {
      const { operationId, summary } = operation;
      expect(summary).toMatch(/^[A-Z].*\.$/);
      expect(operationId).toMatch(verbs);
      const nouns = operationId.replace(verbs, '').match(/[A-Z][a-z]+/g) ?? [];
      const around = `${path} ${summary} ${operation.tags.join(' ')}`.toLowerCase().replaceAll('-', ' ');
      const unnamed = nouns.map((noun) => noun.toLowerCase().slice(0, 4)).filter((noun) => !around.includes(noun));
      expect([operationId, unnamed]).toEqual([operationId, []]);
    }
  });

  it('has an example of each answer that tells of a fault, as the service words it', () => {
    const examples = document.components!.examples as Record<string, { value: Problem }>;
    for (const { operation } of operations()) {
      for (const [status, { content = {} }] of Object.entries(operation.responses)) {
        if (Number(status) < 400 || !('application/problem+json' in content)) continue;
        const shown = Object.values(content['application/problem+json'].examples ?? {});
        expect([operation.operationId, status, shown.length > 0]).toEqual([operation.operationId, status, true]);
        for (const { $ref } of shown) {
          const { value } = examples[$ref.split('/').at(-1)!]!;
          expect(value.status).toBe(Number(status));
          expect(value.type).toMatch(/^urn:task-runner:problem:[a-z-]+$/);
          expect(value.detail).toMatch(/\.$/);
        }
      }
    }
  });

  it('says of every operation who may call it', () => {
    const sentences = operations().map(({ path, operation: { description } }) => {
      const last = description.split('\n\n').at(-1)!;
      const isForInstallation = path.startsWith('/v1/installation/');
      const expected = isForInstallation
        ? 'the claim'
        : path.startsWith('/v1/') && !isSigned(path)
          ? 'the role "'
          : 'no token.';
      return { path, last, isSaid: last.includes(expected) };
    });
    expect(sentences.filter(({ isSaid }) => !isSaid)).toEqual([]);
  });

  it('refers to nothing that it does not hold', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1]!);
    const known = (['schemas', 'headers', 'examples'] as const).flatMap((kind) =>
      Object.keys(document.components?.[kind] ?? {}).map((name) => `#/components/${kind}/${name}`),
    );
    expect([...new Set(references)].filter((reference) => !known.includes(reference))).toEqual([]);
  });

  it('has examples that work as they stand', async () => {
    const { id } = await world.task();
    const source = await world.ask('POST /v1/webhook-sources', { body: { name: 'builds' } });
    const channel = await world.ask('POST /v1/notification-channels', {
      body: { type: 'slack', name: 'nightly', url: 'https://hooks.example.org/nightly' },
    });
    const rule = await world.ask('POST /v1/notification-rules', {
      body: { name: 'nightly', on: ['failure'], channels: [channel.body.id] },
    });
    const schedule = await world.ask('POST /v1/report-schedules', {
      body: { name: 'daily', channels: [channel.body.id] },
    });
    const nightly = await world.task({ triggers: [{ type: 'cron', expression: '0 2 * * *' }] });
    const ids = {
      '/skip': nightly.id,
      '/webhook-sources/': source.body.id,
      '/notification-channels/': channel.body.id,
      '/notification-rules/': rule.body.id,
      '/report-schedules/': schedule.body.id,
    };
    const idFor = (path: string) => Object.entries(ids).find(([part]) => path.includes(part))?.[1] ?? id;
    const withChannel = (body: object) =>
      JSON.parse(JSON.stringify(body).replace(/("channels":\[")[^"]+/, `$1${channel.body.id}`)) as object;
    const bodies = operations().flatMap(({ path, method, operation }) =>
      Object.values(operation.requestBody?.content['application/json']?.examples ?? {}).map(({ value }) => ({
        line: `${method.toUpperCase()} ${path.replace('{id}', idFor(path)).replace('{type}', 'test-completion').replace('{organization}', 'acme').replace('{name}', 'mail')}`,
        body: withChannel(value as object),
      })),
    );
    expect(bodies.length).toBeGreaterThan(7);
    for (const { line, body } of bodies.filter(
      (example) => !/\/runs\/[^/]+\/(cancel|complete|heartbeat)$/.test(example.line),
    )) {
      const answer = await world.ask(line, { body, installation: line.includes('/installation/') });
      expect({ line, ok: answer.status < 300, text: answer.text }).toMatchObject({ line, ok: true });
    }
  });

  it('knows every member of the answers', async () => {
    const run = await world.finishedRun();
    const task = (await world.ask(`GET /v1/tasks/${run.taskId}`)).body;
    expect(unknownMembers('RunResponse', run)).toEqual([]);
    expect(unknownMembers('TaskResponse', task)).toEqual([]);
  });

  it('shows Swagger UI', async () => {
    const answer = await world.ask('GET /docs');
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('swagger-ui');
    const script = await world.ask('GET /docs/swagger-ui-bundle.js');
    expect(script.status).toBe(200);
  });

  it('is shown by a page that keeps no token in the storage of the browser', async () => {
    const { text } = await world.ask('GET /docs/swagger-ui-init.js');
    expect(text).toMatch(/"persistAuthorization":\s*false/);
  });
});

describe('what the document says of answers', () => {
  const statuses = (id: string) =>
    Object.keys(operations().find(({ operation }) => operation.operationId === id)!.operation.responses);
  const schema = (name: string) =>
    document.components!.schemas![name] as { properties: Record<string, Record<string, unknown>> };

  it('holds the statuses that come before a handler', () => {
    for (const { path, method, operation } of operations()) {
      expect(Object.keys(operation.responses)).toContain('400');
      if (path.includes('{')) expect(Object.keys(operation.responses)).toContain('414');
      if (method !== 'get') expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['413', '415']));
    }
    expect(statuses('getTask')).toEqual(expect.arrayContaining(['200', '304', '412']));
  });

  it('holds their headers and media types', () => {
    for (const { path, operation } of operations()) {
      const named = (status: string) =>
        Object.keys((operation.responses[status] as { headers?: object } | undefined)?.headers ?? {});
      if (operation.responses['401']) expect(named('401')).toContain('WWW-Authenticate');
      if (operation.responses['429'])
        expect(named('429')).toEqual(expect.arrayContaining(['Retry-After', ...(isSigned(path) ? [] : ['RateLimit'])]));
    }
    const content = (id: string) =>
      Object.keys(
        operations().find(({ operation }) => operation.operationId === id)!.operation.responses['200']!.content!,
      );
    expect(content('readRunLog')).toEqual(['application/json', 'text/event-stream', 'text/plain']);
    expect(content('listAudit')).toEqual(['application/json', 'application/x-ndjson']);
  });

  it('lets a patch remove whatever a task can be without', async () => {
    const { id } = await world.task({ description: 'x', tags: ['a'], retry: { retryOn: [500] }, maxRuns: 5 });
    for (const [name, member] of Object.entries(schema('TaskPatch').properties)) {
      const { status } = await world.ask(`PATCH /v1/tasks/${id}`, { body: { [name]: null } });
      expect({ name, status }).toEqual({ name, status: member['nullable'] === true ? 200 : 400 });
    }
    const retry = schema('TaskPatch').properties['retry'] as { properties: Record<string, object> };
    for (const name of Object.keys(retry.properties)) {
      expect((await world.ask(`PATCH /v1/tasks/${id}`, { body: { retry: { [name]: null } } })).status).toBe(200);
    }
  });

  it('has no null without a type, and no default beside a reference', () => {
    const wrong: string[] = [];
    const walk = (value: unknown, at: string): void => {
      if (typeof value !== 'object' || value === null) return;
      const { nullable, type, allOf, $ref } = value as Record<string, unknown>;
      if (nullable === true && type === undefined) wrong.push(at);
      if ('default' in value && (allOf ?? $ref)) wrong.push(at);
      for (const [name, member] of Object.entries(value)) walk(member, `${at}/${name}`);
    };
    walk(document, '');
    expect(wrong).toEqual([]);
  });
});

function unknownMembers(schema: string, value: object): string[] {
  const documented = document.components?.schemas?.[schema] as { properties?: object } | undefined;
  return Object.keys(value).filter((name) => !Object.hasOwn(documented?.properties ?? {}, name));
}
