import { randomBytes } from 'node:crypto';
import { macOf } from './macs.js';
import { idIn, instantOf, isStale, signatureIn, type SignatureScheme } from './signature-scheme.js';
import type { SignedRequest } from './signed-request.js';

const PRIVATE = 'whsk_';
const PUBLIC = 'whpk_';
const SHARED = 'whsec_';
const KEY = /^[A-Za-z0-9+/]+={0,2}$/;

/** The bytes after the prefix; null where the text is no such key. */
function keyIn(text: string, prefix: string): Buffer | null {
  const encoded = text.startsWith(prefix) ? text.slice(prefix.length) : '';
  return KEY.test(encoded) ? Buffer.from(encoded, 'base64') : null;
}

const sharedKey = (text: string): Buffer | null => {
  const key = keyIn(text, SHARED);
  return key && key.length >= 24 && key.length <= 64 ? key : null;
};
const publicKey = (text: string): Buffer | null => {
  const key = keyIn(text, PUBLIC);
  return key?.length === 32 ? key : null;
};
const isThere = (key: Buffer | null): key is Buffer => key !== null;

/** The signatures of this version in a list that is separated by spaces. */
const signaturesIn = (list: string, version: string, length: number): Buffer[] =>
  list
    .split(' ', 32)
    .filter((each) => each.startsWith(`${version},`))
    .flatMap((each) => signatureIn(each.slice(version.length + 1), 'base64', length));

/** The id of a message; a dot would move what is signed from one part to another. */
function messageId(request: SignedRequest): string | null {
  const id = idIn(request.only('webhook-id'));
  return id?.includes('.') === false ? id : null;
}

/** Standard Webhooks 1.0: symmetric signatures (v1) by a secret, and asymmetric ones (v1a) by a public key. */
export const standard: SignatureScheme = {
  secretFault(text) {
    if (text.startsWith(PRIVATE)) return 'must not be the private key of the sender: give its public key (whpk_…)';
    if (sharedKey(text) ?? publicKey(text)) return null;
    return 'must be whsec_ and 24 to 64 bytes in base64, or whpk_ and a public key of 32 bytes in base64';
  },

  newSecret: () => SHARED + randomBytes(32).toString('base64'),

  inspect({ request, secrets, now, macs }) {
    const [id, time, list] = [messageId(request), request.only('webhook-timestamp'), request.only('webhook-signature')];
    const at = instantOf(time);
    const parts = [`${id ?? ''}.${time ?? ''}.`, request.body];
    const [symmetric, asymmetric] = [signaturesIn(list ?? '', 'v1', 32), signaturesIn(list ?? '', 'v1a', 64)];
    const isMac = macs.match('sha256', secrets.map(sharedKey).filter(isThere), symmetric, parts);
    const isSigned = isMac || macs.matchPublic(secrets.map(publicKey).filter(isThere), asymmetric, parts);
    if (!isSigned || id === null || at === null) return 'signature';
    return isStale(at, now) ? 'stale' : null;
  },

  nameOf(request) {
    const id = messageId(request);
    return id === null ? null : { id, identity: ['id', id] };
  },

  sign(secret, body, { id, now }) {
    const key = sharedKey(secret);
    if (!key) return null;
    const time = String(Math.floor(now / 1000));
    const signature = macOf('sha256', key, [`${id}.${time}.`, body]).toString('base64');
    return { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': `v1,${signature}` };
  },
};

/** Whether a secret is for symmetric signatures. */
export const isSharedKey = (text: string): boolean => sharedKey(text) !== null;
