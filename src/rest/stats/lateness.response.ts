import { Shown } from '../http/expose.js';

const ShownLateness = () => Shown({ type: 'integer', nullable: true });

/** How late starts were, in milliseconds; null when there were none. */
export class LatenessResponse {
  @ShownLateness()
  p50Ms!: number | null;

  @ShownLateness()
  p95Ms!: number | null;

  @ShownLateness()
  p99Ms!: number | null;

  @ShownLateness()
  worstMs!: number | null;
}
