import { z } from 'zod';
import type { ChainPosition } from '../audit-entry.js';

/** The end of an organization's trail as it was at an instant, signed, to be kept outside of the store. */
export interface AnchoredHead extends ChainPosition {
  organization: string;
  /** When it was signed (epoch ms). */
  at: number;
  keyId: string;
  signature: string;
}

const headSchema = z.object({
  organization: z.string().min(1).max(100),
  sequence: z.int().min(1),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  at: z.iso.datetime(),
  keyId: z.string().min(1).max(64),
  signature: z.string().regex(/^[0-9a-f]{64}$/),
});

/** The head as it is written and sent. */
export const writtenHead = ({ at, ...head }: AnchoredHead): z.output<typeof headSchema> => ({
  ...head,
  at: new Date(at).toISOString(),
});

/** The head that was written so; null where it was not one. */
export function readHead(written: unknown): AnchoredHead | null {
  const { data } = headSchema.safeParse(written);
  return data ? { ...data, at: Date.parse(data.at) } : null;
}
