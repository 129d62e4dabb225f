/** A share in percent that says 100 only of all. */
export const percentOf = (share: number): string =>
  `${share < 1 ? Math.min(99.9, Math.round(share * 1000) / 10) : 100} %`;
