import { ownMember } from '../../domain/own-member.js';
import { isJsonObject, type Json } from '../../domain/json.js';
import type { Macs } from './macs.js';
import type { SignedRequest } from './signed-request.js';

/** What is wrong with the signature of a request. */
export type SignatureFault = 'signature' | 'stale';

/** How a sender names a message. */
export interface MessageName {
  /** The sender's own id; null where it gives none. */
  id: string | null;
  /** What makes two requests the same event. */
  identity: readonly string[];
  /**
   * Where the id is not signed: what has to have the same value whenever it comes again, so that neither an id gets
   * another content nor a signed content another id.
   */
  alias?: { key: readonly string[]; value: string };
}

/** What is needed to look at a signature. */
export interface Inspection {
  request: SignedRequest;
  /** The texts of the accepted secrets, the current one first. */
  secrets: readonly string[];
  /** Epoch milliseconds. */
  now: number;
  macs: Macs;
}

/** One way in which requests are signed. Everything in it is pure but for the count of `macs`. */
export interface SignatureScheme {
  /** Why a text cannot be a secret; null if it can. */
  secretFault(text: string): string | null;
  /** A new secret. */
  newSecret(): string;
  /** What is wrong with the signature; null if it is right. */
  inspect(inspection: Inspection): SignatureFault | null;
  /** The name of a message whose signature is right; null where what names it is missing. */
  nameOf(request: SignedRequest, payload: Json): MessageName | null;
  /** The headers that sign a body at `now`; null if the secret cannot sign. */
  sign(secret: string, body: Buffer, message: { id: string; now: number }): Record<string, string> | null;
}

/** How far the signed time may be from now, in both directions (ms). */
const TOLERANCE_MS = 300_000;
/** Longer ids are refused. */
const ID = /^[\x21-\x7e]{1,256}$/;

/** The instant of a time in Unix seconds, written in decimal and nothing else; null otherwise. */
export const instantOf = (text: string | undefined): number | null =>
  text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) * 1000 : null;

export const isStale = (instant: number, now: number): boolean => Math.abs(now - instant) > TOLERANCE_MS;

/** The text if it can be the id of a message. */
export const idIn = (text: unknown): string | null => (typeof text === 'string' && ID.test(text) ? text : null);

/** The bytes of a signature in hexadecimal or base64 of exactly this length; undefined for any other text. */
export function signatureIn(text: string, encoding: 'hex' | 'base64', length: number): Buffer[] {
  const form = encoding === 'hex' ? /^[0-9a-fA-F]+$/ : /^[A-Za-z0-9+/]+={0,2}$/;
  if (!form.test(text)) return [];
  const bytes = Buffer.from(text, encoding);
  return bytes.length === length ? [bytes] : [];
}

/** The fault of a secret that is only a text. */
export const textFault = (text: string): string | null =>
  /^[\x20-\x7e]{8,1000}$/.test(text) ? null : 'must be 8 to 1000 printable ASCII characters';

/** What a member of a payload holds; its own, not an inherited one. */
export function memberOf(payload: Json, name: string): Json | undefined {
  return isJsonObject(payload) ? ownMember(payload, name) : undefined;
}
