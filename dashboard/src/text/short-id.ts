/** The end of an id: ids begin with the time, which those made together share. */
export const shortId = (id: string): string => `…${id.slice(-8)}`;
