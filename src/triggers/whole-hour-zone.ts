/** The IANA zone whose clocks always stand at this offset from UTC (minutes); undefined unless it is of whole hours. */
export function wholeHourZone(offset: number): string | undefined {
  const hours = offset / 60;
  if (!Number.isInteger(hours) || hours < -12 || hours > 14) return undefined;
  // The names of these zones count westward.
  return hours === 0 ? 'UTC' : `Etc/GMT${hours > 0 ? '-' : '+'}${Math.abs(hours)}`;
}
