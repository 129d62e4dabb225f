import { randomBytes } from 'node:crypto';
import { digestOf, macOf } from './macs.js';
import {
  idIn,
  instantOf,
  isStale,
  memberOf,
  signatureIn,
  textFault,
  type SignatureScheme,
} from './signature-scheme.js';

const [SIGNATURE, TIME, PREFIX] = ['x-slack-signature', 'x-slack-request-timestamp', 'v0='];

/** Slack signs version, time and body. Events have an id in their body; commands and interactions have none. */
export const slack: SignatureScheme = {
  secretFault: textFault,

  newSecret: () => randomBytes(16).toString('hex'),

  inspect({ request, secrets, now, macs }) {
    const [time, given] = [request.only(TIME), request.only(SIGNATURE) ?? ''];
    const signatures = given.startsWith(PREFIX) ? signatureIn(given.slice(PREFIX.length), 'hex', 32) : [];
    const isSigned = macs.match('sha256', secrets, signatures, [`v0:${time ?? ''}:`, request.body]);
    const at = instantOf(time);
    if (!isSigned || at === null) return 'signature';
    return isStale(at, now) ? 'stale' : null;
  },

  nameOf(request, payload) {
    const id = idIn(memberOf(payload, 'event_id'));
    return { id, identity: id === null ? ['content', digestOf(request.body)] : ['id', id] };
  },

  sign(secret, body, { now }) {
    const time = String(Math.floor(now / 1000));
    const signature = macOf('sha256', secret, [`v0:${time}:`, body]).toString('hex');
    return { [TIME]: time, [SIGNATURE]: PREFIX + signature };
  },
};
