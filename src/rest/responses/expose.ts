import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Expose, plainToInstance, type ClassConstructor } from 'class-transformer';

type Part = ClassConstructor<object>;

/** The members that each class shows, by the prototype that declares them, with the class of those that have one. */
const shown = new WeakMap<object, Map<string, Part | null>>();

/** A member of a response: shown, and documented. One whose `type` is a class of ours is shown as that class says. */
export const Shown =
  (options: ApiPropertyOptions = {}): PropertyDecorator =>
  (prototype, name) => {
    Expose()(prototype, name as string);
    ApiProperty(options)(prototype, name);
    const members = shown.get(prototype) ?? new Map<string, Part | null>();
    shown.set(prototype, members.set(name as string, partOf(options)));
  };

const SCALARS: readonly unknown[] = [String, Number, Boolean, Object];

function partOf({ type }: ApiPropertyOptions): Part | null {
  const only: unknown = Array.isArray(type) ? (type as unknown[])[0] : type;
  return typeof only === 'function' && !SCALARS.includes(only) ? (only as Part) : null;
}

/** A member that holds an instant as ISO 8601 in UTC. */
export const ShownInstant = (options: { nullable?: boolean; required?: boolean; description?: string } = {}) =>
  Shown({ type: String, format: 'date-time', example: '2027-01-31T09:00:00.000Z', ...options });

/** A member whose schema is one of the request schemas, by its name. */
export const ShownAs = (schema: string): PropertyDecorator =>
  Shown({ allOf: [{ $ref: `#/components/schemas/${schema}` }] });

/** A member that holds any JSON object. */
export const ShownObject = ({ required = true }: { required?: boolean } = {}): PropertyDecorator =>
  Shown({ type: 'object', additionalProperties: true, selfRequired: required });

/** Any value that JSON can carry. */
export const ShownJson = (description?: string): PropertyDecorator =>
  Shown({ required: false, ...(description !== undefined && { description }), oneOf: [] });

/**
 * An instance of a response class that holds what the class shows, and nothing else. Only members of our own making pass
 * through class-transformer: what users' JSON holds is put in as it is, since a library that walks it takes names such as
 * `constructor` for something else than data.
 */
export function respond<Response extends object>(type: ClassConstructor<Response>, values: Response): Response {
  const own = Object.entries(values).map(([name, value]) => [name, isObject(value) ? null : (value as unknown)]);
  const response = plainToInstance(type, Object.fromEntries(own), {
    excludeExtraneousValues: true,
    exposeUnsetFields: false,
  }) as Record<string, unknown>;
  for (const [name, part] of membersOf(type.prototype as object)) {
    const value = (values as Record<string, unknown>)[name];
    if (isObject(value)) response[name] = part ? withPart(part, value) : value;
  }
  return response as Response;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const gathered = new WeakMap<object, [string, Part | null][]>();

/** What a class shows, what it inherits included. */
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
