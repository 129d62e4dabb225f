import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Expose, plainToInstance, type ClassConstructor } from 'class-transformer';

/** A member of a response: shown, and documented. */
export const Shown = (options: ApiPropertyOptions = {}): PropertyDecorator =>
  applyDecorators(Expose(), ApiProperty(options));

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
  Shown({ required: false, nullable: true, ...(description !== undefined && { description }), oneOf: ANY_JSON });

const ANY_JSON = [
  { type: 'object', additionalProperties: true },
  { type: 'array', items: {} },
  { type: 'string' },
  { type: 'number' },
  { type: 'boolean' },
];

/** An instance of a response class that holds what the class shows, and nothing else. */
export const respond = <Response extends object>(type: ClassConstructor<Response>, values: Response): Response =>
  plainToInstance(type, values, { excludeExtraneousValues: true, exposeUnsetFields: false });
