import type { Type } from '@nestjs/common';
import { SettingsError, type Fault } from '../../domain/errors.js';
import { checkedBy, type SchemaIssue, type StandardSchema } from '../../domain/standard-schema.js';
import { installed } from './installed.js';

/** What the parameters of a handler must be. */
export type ParameterSchema<Parameters = unknown> = StandardSchema<Parameters>;

/** A schema, or a class whose members class-validator decorates. */
export type ParameterSource<Parameters extends object = object> = ParameterSchema<Parameters> | Type<Parameters>;

/** The parameters as the handler gets them, or what is wrong with them; pointers are relative to the parameters. */
export const checkedParameters = (
  schema: ParameterSchema,
  parameters: unknown,
): { value: unknown } | { faults: Fault[] } =>
  checkedBy(
    schema,
    parameters,
    () => new SettingsError('The schema of the parameters of a handler must not be asynchronous.'),
  );

/** The schema of a source. Rejects with a `SettingsError` when a class is given and its libraries are not installed. */
export async function schemaOf(source: ParameterSource): Promise<ParameterSchema> {
  return '~standard' in source ? source : classSchema(source);
}

const BY_CLASS = 'Parameters of a handler are declared by a class';

async function classSchema(type: Type<object>): Promise<ParameterSchema> {
  const { plainToInstance } = await installed('class-transformer', BY_CLASS, () => import('class-transformer'));
  const { validateSync } = await installed('class-validator', BY_CLASS, () => import('class-validator'));
  return {
    '~standard': {
      validate(value) {
        if (isHostile(value)) return { issues: [{ message: `must have no member named ${HOSTILE.join(', ')}` }] };
        const instance = plainToInstance(type, value, { exposeDefaultValues: true });
        const errors = validateSync(instance, {
          whitelist: true,
          forbidNonWhitelisted: true,
          forbidUnknownValues: true,
        });
        return errors.length === 0 ? { value: instance } : { issues: errors.flatMap((error) => issuesOf(error)) };
      },
    },
  };
}

/** Names that mean more than data to a library that walks objects. */
const HOSTILE = ['constructor', 'prototype', '__proto__', 'then'];

const isHostile = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (HOSTILE.some((name) => Object.hasOwn(value, name)) || Object.values(value).some(isHostile));

/** An error of class-validator: of a member, or of members within it. */
interface MemberError {
  property: string;
  constraints?: Record<string, string>;
  children?: MemberError[];
}

function issuesOf(
  { property, constraints = {}, children = [] }: MemberError,
  above: readonly string[] = [],
): SchemaIssue[] {
  const path = [...above, property];
  const own = Object.values(constraints).map((message) => ({ message, path }));
  return [...own, ...children.flatMap((child) => issuesOf(child, path))];
}
