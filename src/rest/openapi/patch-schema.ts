export type JsonSchema = Record<string, unknown>;

const REFERENCE = '#/components/schemas/';

/**
 * The schema of a JSON Merge Patch (RFC 7396) of an object: each member may be absent, be replaced, or be null, which
 * removes it unless the object requires it. Nested objects are patched in the same way; a patch of an object with
 * several forms may hold any members.
 */
export function patchOf(schema: JsonSchema, components: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const { properties = {}, required = [] } = schema as { properties?: Record<string, JsonSchema>; required?: string[] };
  const members = Object.entries(properties).map(([name, member]) => {
    const patch = memberPatch(member, components);
    return [name, required.includes(name) ? patch : orNull(patch)];
  });
  return { type: 'object', properties: Object.fromEntries(members), additionalProperties: false };
}

/** Where the values are enumerated, null has to be one of them. */
const orNull = (schema: JsonSchema): JsonSchema => ({
  ...schema,
  ...(Array.isArray(schema['enum']) && { enum: [...(schema['enum'] as unknown[]), null] }),
  nullable: true,
});

function memberPatch(
  { default: _default, ...member }: JsonSchema,
  components: Readonly<Record<string, JsonSchema>>,
): JsonSchema {
  const { description, ...target } = resolved(member, components);
  const told = {
    ...((member['description'] ?? description) ? { description: member['description'] ?? description } : {}),
  };
  if (target['oneOf'] ?? target['anyOf']) return { ...told, type: 'object', additionalProperties: {} };
  if (target['type'] !== 'object') return member;
  if (target['properties']) return { ...told, ...patchOf(target, components) };
  const values = target['additionalProperties'] as JsonSchema | undefined;
  const canBeNull = values && 'type' in values;
  return { ...told, ...target, ...(canBeNull && { additionalProperties: orNull(values) }) };
}

/** The component that a member refers to, or the member itself. */
function resolved(member: JsonSchema, components: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const [only] = (member['allOf'] as JsonSchema[] | undefined) ?? [member];
  const name = (only?.['$ref'] as string | undefined)?.replace(REFERENCE, '');
  return name === undefined ? member : (components[name] ?? {});
}
