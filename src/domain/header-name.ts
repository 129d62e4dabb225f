import { z } from 'zod';

/** The name of a header; names are compared in lower case. */
export const headerNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, 'must be the name of a header')
  .toLowerCase();
