import { z } from 'zod';

/** A parameter of a query that may be repeated: any number of values up to `most`, each checked by a schema. */
export const severalSchema = <Value extends z.ZodType>(value: Value, most: number) =>
  z.preprocess(
    (given) => (given === undefined || Array.isArray(given) ? given : [given]),
    z.array(value).min(1).max(most),
  );
