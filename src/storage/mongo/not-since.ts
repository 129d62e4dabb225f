/**
 * What does not lie at or after `instant`: values before it, and whatever is no instant of its type, or missing. A
 * record that a broken date hides from `$lt` would stay for ever.
 */
export const notSince = <Instant extends number | Date>(instant: Instant) => ({ $not: { $gte: instant } });
