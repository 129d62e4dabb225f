/**
 * Instants of interval triggers that had run when the clock was set back: those in (after, until] come again, each so many
 * milliseconds later, so that nothing that started is started again. Epoch ms.
 */
export interface Repeats {
  after: number;
  until: number;
  byMs: number;
}
