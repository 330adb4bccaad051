import { z } from 'zod';

/** A whole number from 1 in a path or a query, of at most nine digits. */
export const WholeNumber = z
  .string()
  .regex(/^[1-9]\d{0,8}$/, 'expected a whole number from 1')
  .transform(Number)
  .meta({ type: 'integer', minimum: 1, maximum: 999_999_999 });
