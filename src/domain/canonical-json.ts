import { configure } from 'safe-stable-stringify';

const stringify = configure({ circularValue: TypeError });

/** The canonical JSON (RFC 8785) of a value, without members that are undefined. */
export const canonicalJson = (value: unknown): string => stringify(value) ?? 'null';
