import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Min, ValidateNested } from 'class-validator';
import { z } from 'zod';
import { checkedParameters, schemaOf, type ParameterSchema } from './parameter-schema.js';

class Page {
  @IsInt()
  @Min(1)
  number!: number;
}

class ReportParameters {
  @IsString()
  title!: string;

  @IsOptional()
  @IsInt()
  copies = 1;

  @ValidateNested({ each: true })
  @Type(() => Page)
  pages: Page[] = [];
}

describe('parameters by a class', () => {
  it('are an instance of it, with its defaults', async () => {
    const schema = await schemaOf(ReportParameters);
    const checked = checkedParameters(schema, { title: 'a', pages: [{ number: 3 }] }) as { value: ReportParameters };
    expect(checked.value).toBeInstanceOf(ReportParameters);
    expect(checked.value.pages[0]).toBeInstanceOf(Page);
    expect(checked.value).toMatchObject({ title: 'a', copies: 1, pages: [{ number: 3 }] });
  });

  it.each([
    ['a missing member', {}, '/title'],
    ['one of another type', { title: 5 }, '/title'],
    ['an unknown one', { title: 'a', pags: [] }, '/pags'],
    ['a nested one', { title: 'a', pages: [{ number: 0 }] }, '/pages/0/number'],
    ['a hostile name', { title: 'a', ['constructor']: {} }, ''],
    ['a hostile name within', { title: 'a', pages: [JSON.parse('{"number": 1, "__proto__": {}}')] }, ''],
  ])('tell where they are wrong: %s', async (_, parameters, pointer) => {
    const checked = checkedParameters(await schemaOf(ReportParameters), parameters);
    expect(checked).toMatchObject({ faults: [{ pointer, detail: expect.any(String) }] });
  });
});

describe('parameters by a schema', () => {
  it('may be of any library that follows the Standard Schema', async () => {
    const even: ParameterSchema<number> = {
      '~standard': {
        validate: (value) =>
          Number(value) % 2 === 0
            ? { value: Number(value) }
            : { issues: [{ message: 'must be even', path: [{ key: 'n' }] }] },
      },
    };
    expect(checkedParameters(even, '4')).toEqual({ value: 4 });
    expect(checkedParameters(even, 3)).toEqual({ faults: [{ pointer: '/n', detail: 'must be even' }] });
    expect(checkedParameters(await schemaOf(z.object({ a: z.int() })), { a: 1 })).toEqual({ value: { a: 1 } });
  });

  it('must not wait', () => {
    const slow = { '~standard': { validate: () => Promise.resolve({ value: 1 }) } };
    expect(() => checkedParameters(slow, 1)).toThrow('must not be asynchronous');
  });
});
