import type { Type } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';

type Part = Type<object>;

/**
 * The members that each class shows, by the prototype that declares them; with the class of the member, if it has one.
 */
const shown = new WeakMap<object, Map<string, Part | null>>();

/** A member of a response, shown and documented. If its `type` is a class of ours, that class decides what is shown. */
export const Shown =
  (options: ApiPropertyOptions = {}): PropertyDecorator =>
  (prototype, name) => {
    ApiProperty(options)(prototype, name);
    const members = shown.get(prototype) ?? new Map<string, Part | null>();
    shown.set(prototype, members.set(name as string, partOf(options)));
  };

const SCALARS: readonly unknown[] = [String, Number, Boolean, Object];

function partOf({ type }: ApiPropertyOptions): Part | null {
  const only: unknown = Array.isArray(type) ? (type as unknown[])[0] : type;
  return typeof only === 'function' && !SCALARS.includes(only) ? (only as Part) : null;
}

/** A member that holds an instant, shown as ISO 8601 in UTC. */
export const ShownInstant = (options: { nullable?: boolean; required?: boolean; description?: string } = {}) =>
  Shown({ type: String, format: 'date-time', example: '2027-01-31T09:00:00.000Z', ...options });

/** A member whose schema is the request schema of this name. */
export const ShownAs = (schema: string): PropertyDecorator =>
  Shown({ allOf: [{ $ref: `#/components/schemas/${schema}` }] });

/** A member that holds any JSON object. */
export const ShownObject = ({
  required = true,
  description,
}: { required?: boolean; description?: string } = {}): PropertyDecorator =>
  Shown({
    type: 'object',
    additionalProperties: true,
    selfRequired: required,
    ...(description !== undefined && { description }),
  });

/** A member that holds any JSON value. */
export const ShownJson = (description?: string): PropertyDecorator =>
  Shown({ required: false, ...(description !== undefined && { description }), oneOf: [] });

/**
 * An instance of a response class that holds what the class shows, and nothing else. Users' JSON is put in as it is:
 * whatever walks it would have to treat names such as `constructor` as data.
 */
export function respond<Response extends object>(type: Type<Response>, values: Response): Response {
  const response = new type() as Record<string, unknown>;
  for (const [name, part] of membersOf(type.prototype as object)) {
    const value = (values as Record<string, unknown>)[name];
    if (value !== undefined) response[name] = part && isObject(value) ? withPart(part, value) : value;
  }
  return response as Response;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const gathered = new WeakMap<object, [string, Part | null][]>();

/** What a class shows, including inherited members. */
function membersOf(prototype: object | null): [string, Part | null][] {
  if (prototype === null) return [];
  const known = gathered.get(prototype);
  if (known) return known;
  const inherited = membersOf(Object.getPrototypeOf(prototype) as object | null);
  const members = [...inherited, ...(shown.get(prototype) ?? [])];
  gathered.set(prototype, members);
  return members;
}

const withPart = (part: Part, value: object): object =>
  Array.isArray(value) ? value.map((item: object) => respond(part, item)) : respond(part, value);

/** The member of a page that names the next page. */
export const NEXT_CURSOR = {
  type: String,
  nullable: true,
  description: 'The cursor of the next page, for &cursor=; null at the end.',
};
