import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OpenAPIObject } from '@nestjs/swagger';
import { offlineDocument } from '../../src/rest/openapi/offline-document.js';
import { RestWorld } from './rest-world.js';

let document: OpenAPIObject;
let world: RestWorld;
beforeAll(async () => {
  [document, world] = await Promise.all([offlineDocument(), RestWorld.start()]);
});
afterAll(() => world.stop());

interface Operation {
  operationId: string;
  tags: string[];
  security?: unknown[];
  responses: Record<string, { content?: Record<string, unknown> }>;
  requestBody?: { content: Record<string, { examples: Record<string, { value: unknown }> }> };
}

const operations = () =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Operation>).map(([method, operation]) => ({ path, method, operation })),
  );

describe('the OpenAPI document', () => {
  it('is the one in openapi.json (npm run openapi writes it)', async () => {
    const stored: unknown = JSON.parse(await readFile(new URL('../../openapi.json', import.meta.url), 'utf8'));
    expect(JSON.parse(JSON.stringify(document))).toEqual(stored);
  });

  it('is the one that the service shows at /docs-json', async () => {
    expect((await world.ask('GET /docs-json')).body).toEqual(JSON.parse(JSON.stringify(document)));
  });

  it('gives every operation an id of its own, a tag and its problems', () => {
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, operation } of operations()) {
      expect(operation.tags).toHaveLength(1);
      if (!path.startsWith('/v1/')) continue;
      expect(operation.security).toEqual([{ bearer: [] }]);
      for (const status of ['401', '403', '503']) {
        expect(operation.responses[status]?.content).toHaveProperty(['application/problem+json']);
      }
    }
  });

  it('refers to nothing that it does not hold', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1]!);
    const known = Object.keys(document.components?.schemas ?? {}).map((name) => `#/components/schemas/${name}`);
    expect([...new Set(references)].filter((reference) => !known.includes(reference))).toEqual([]);
  });

  it('has examples that work as they stand', async () => {
    const { id } = await world.task();
    const bodies = operations().flatMap(({ path, method, operation }) =>
      Object.values(operation.requestBody?.content['application/json']?.examples ?? {}).map(({ value }) => ({
        line: `${method.toUpperCase()} ${path.replace('{id}', id).replace('{type}', 'test-completion')}`,
        body: value,
      })),
    );
    expect(bodies.length).toBeGreaterThan(7);
    for (const { line, body } of bodies.filter((example) => !example.line.endsWith('/complete'))) {
      const answer = await world.ask(line, { body });
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
});

function unknownMembers(schema: string, value: object): string[] {
  const documented = document.components?.schemas?.[schema] as { properties?: object } | undefined;
  return Object.keys(value).filter((name) => !Object.hasOwn(documented?.properties ?? {}, name));
}
