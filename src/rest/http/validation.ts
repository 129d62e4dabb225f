import { Body, Param, Query, type PipeTransform } from '@nestjs/common';
import type { z } from 'zod';
import { InvalidInputError, type Fault } from '../../domain/errors.js';
import { faultsOf } from '../../domain/faults.js';

/** Checks a value against a schema. Throws an `InvalidInputError` with the faults as `name` words them. */
class SchemaPipe implements PipeTransform<unknown, unknown> {
  constructor(
    private readonly schema: z.ZodType,
    private readonly name: (fault: Fault) => Fault,
  ) {}

  transform(value: unknown): unknown {
    const result = this.schema.safeParse(value);
    if (!result.success) throw new InvalidInputError(faultsOf(result.error).map(this.name));
    return result.data;
  }
}

/** A fault of a query belongs to the parameter that its pointer begins with. */
const asParameter = ({ pointer = '', detail }: Fault): Fault => ({
  parameter: pointer.split('/')[1] ?? '',
  detail: detail === 'is not a known member' ? 'is not a known parameter' : detail,
});

/** The query, checked and converted by an object schema. */
export const ValidQuery = (schema: z.ZodType): ParameterDecorator =>
  Query({ schema, pipes: [new SchemaPipe(schema, asParameter)] });

/** The body, checked and converted by a schema; `@BodyExamples` documents it. */
export const ValidBody = (schema: z.ZodType): ParameterDecorator => Body(new SchemaPipe(schema, (fault) => fault));

/** A parameter of the path, checked by a schema. */
export const ValidParam = (name: string, schema: z.ZodType): ParameterDecorator =>
  Param(name, { schema, pipes: [new SchemaPipe(schema, ({ detail }) => ({ parameter: name, detail }))] });
