import { configure } from 'safe-stable-stringify';

const stringify = configure({ circularValue: TypeError });

/** The canonical JSON (RFC 8785) of a value, of whose members those that are undefined are left out. */
export const canonicalJson = (value: unknown): string => stringify(value) ?? 'null';
