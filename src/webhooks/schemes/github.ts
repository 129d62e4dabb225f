import { hmac } from './hmac.js';
import { digestOf } from './macs.js';
import { idIn, type SignatureScheme } from './signature-scheme.js';

const ofBody = hmac({ header: 'x-hub-signature-256', algorithm: 'sha256', encoding: 'hex', prefix: 'sha256=' });

/**
 * GitHub signs the body and nothing else: neither an id nor a time. So the body is what names an event, and a captured
 * delivery under another id is the one that is known.
 */
export const github: SignatureScheme = {
  ...ofBody,

  nameOf(request) {
    const content = digestOf(request.body);
    const id = idIn(request.only('x-github-delivery'));
    const identity = ['content', content];
    return id === null ? { id, identity } : { id, identity, alias: { key: ['id', id], value: content } };
  },

  sign: (secret, body, message) => ({
    ...ofBody.sign(secret, body, message)!,
    'x-github-delivery': message.id,
  }),
};
