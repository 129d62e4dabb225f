import { randomBytes } from 'node:crypto';
import { macOf } from './macs.js';
import {
  idIn,
  instantOf,
  isStale,
  memberOf,
  signatureIn,
  textFault,
  type SignatureScheme,
} from './signature-scheme.js';

const HEADER = 'stripe-signature';

/** The values under a name in a list such as `t=1,v1=ab,v1=cd`. */
const valuesIn = (list: string, name: string): string[] =>
  list
    .split(',', 32)
    .filter((each) => each.startsWith(`${name}=`))
    .map((each) => each.slice(name.length + 1));

/** Stripe signs time, dot and body; the text of the secret is the key as it is. */
export const stripe: SignatureScheme = {
  secretFault: textFault,

  newSecret: () => `whsec_${randomBytes(32).toString('base64url')}`,

  inspect({ request, secrets, now, macs }) {
    const list = request.only(HEADER) ?? '';
    const times = valuesIn(list, 't');
    const signatures = valuesIn(list, 'v1').flatMap((each) => signatureIn(each, 'hex', 32));
    const isSigned = macs.match('sha256', secrets, signatures, [`${times[0] ?? ''}.`, request.body]);
    const at = times.length === 1 ? instantOf(times[0]) : null;
    if (!isSigned || at === null) return 'signature';
    return isStale(at, now) ? 'stale' : null;
  },

  nameOf(_request, payload) {
    const id = idIn(memberOf(payload, 'id'));
    return id === null ? null : { id, identity: ['id', id] };
  },

  sign(secret, body, { now }) {
    const time = String(Math.floor(now / 1000));
    return { [HEADER]: `t=${time},v1=${macOf('sha256', secret, [`${time}.`, body]).toString('hex')}` };
  },
};
