import { answeredJson } from '../answered-json.js';
import { isJsonObject, type Json } from '../../domain/json.js';

/** How long a token is used when its endpoint does not say how long it lives (ms). */
const USUAL_LIFE_MS = 300_000;
/** No token is used for longer than this (ms). */
const LONGEST_LIFE_MS = 86_400_000;
/** How long before its end a token is no longer used: a tenth of its life, and no more than this (ms). */
const MOST_SKEW_MS = 60_000;
const LONGEST_TOKEN = 16_384;

/** A token as an endpoint gave it out. */
export interface GrantedToken {
  token: string;
  /** How long it is used (ms). */
  usableMs: number;
}

/** The token of an answer (RFC 6749, 5.1); null when the answer holds none that a Bearer header could carry. */
export function grantIn(text: string): GrantedToken | null {
  const { access_token: token, token_type: type = 'bearer', expires_in: life } = membersOf(answeredJson(text));
  if (typeof token !== 'string' || token.length > LONGEST_TOKEN || !/^[\x21-\x7e]+$/.test(token)) return null;
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') return null;
  const lifeMs = lifeMsOf(life);
  return { token, usableMs: lifeMs - Math.min(MOST_SKEW_MS, lifeMs / 10) };
}

/** The error that an answer names (RFC 6749, 5.2), if that is a word. */
export function errorIn(text: string): string | null {
  const { error } = membersOf(answeredJson(text));
  return typeof error === 'string' && /^[A-Za-z0-9_.-]{1,64}$/.test(error) ? error : null;
}

/** Endpoints send the life in seconds, some of them as text. */
function lifeMsOf(life: Json | undefined): number {
  const seconds = typeof life === 'string' && /^\d{1,15}$/.test(life) ? Number(life) : life;
  if (typeof seconds !== 'number' || !Number.isFinite(seconds)) return USUAL_LIFE_MS;
  return Math.min(Math.max(0, seconds * 1000), LONGEST_LIFE_MS);
}

const membersOf = (value: Json | undefined): Record<string, Json | undefined> => (isJsonObject(value) ? value : {});
