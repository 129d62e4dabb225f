import { z } from 'zod';
import { BODY_SCHEMAS } from './body-schemas.js';
import { patchOf, type JsonSchema } from './patch-schema.js';

/** Every schema of a request body and of the parts of a body, by name. */
export function schemaComponents(): Record<string, JsonSchema> {
  const components = Object.fromEntries(BODY_SCHEMAS.flatMap((schema) => Object.entries(componentsOf(schema))));
  return {
    ...components,
    EventData: { description: 'Any JSON.' },
    TaskPatch: patchComponent('TaskInput', components),
    InstallationSettingsPatch: patchComponent('InstallationSettings', components),
  };
}

const patchComponent = (name: string, components: Record<string, JsonSchema>): JsonSchema => ({
  ...patchOf(components[name] ?? {}, components),
  description: 'JSON Merge Patch (RFC 7396): missing members stay as they are, and null removes a member.',
});

/** The schema in OpenAPI's form, inline: for queries and parameters. */
export function inlineSchema(schema: z.ZodType): JsonSchema {
  const { definitions: _definitions, $schema: _schema, ...inline } = toOpenApi(schema);
  return rewritten(inline) as JsonSchema;
}

function componentsOf(schema: z.ZodType): Record<string, JsonSchema> {
  const { definitions } = toOpenApi(schema) as { definitions?: Record<string, JsonSchema> };
  const named = Object.entries(definitions ?? {}).filter(([name]) => !isAnyJson(name));
  return Object.fromEntries(named.map(([name, definition]) => [name, rewritten(definition) as JsonSchema]));
}

const toOpenApi = (schema: z.ZodType): JsonSchema =>
  z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', unrepresentable: 'any' });

/** z.json() refers to itself and gets a generated name, which says no more than "anything". */
const isAnyJson = (name: string): boolean => name.startsWith('__schema');

function rewritten(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rewritten);
  if (typeof value !== 'object' || value === null) return value;
  const { $ref, allOf, ...rest } = value as { $ref?: string; allOf?: unknown[]; format?: string; pattern?: string };
  // The format already says it; the pattern is long and unreadable.
  if (rest.format === 'date-time') delete rest.pattern;
  const members = Object.fromEntries(Object.entries(rest).map(([name, member]) => [name, rewritten(member)]));
  const all = allOf?.map(rewritten).filter((part) => Object.keys(part as object).length > 0) ?? [];
  // The referenced schema has its own defaults, and client generators accept no default beside a reference.
  if (all.length > 0) delete members['default'];
  return { ...members, ...(all.length > 0 && { allOf: all }), ...reference($ref) };
}

function reference($ref: string | undefined): JsonSchema {
  const name = $ref?.replace('#/definitions/', '');
  return name === undefined || isAnyJson(name) ? {} : { $ref: `#/components/schemas/${name}` };
}
