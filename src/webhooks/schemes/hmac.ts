import { randomBytes } from 'node:crypto';
import type { HmacScheme } from '../scheme-schema.js';
import { digestOf, macOf } from './macs.js';
import { idIn, instantOf, isStale, signatureIn, textFault, type SignatureScheme } from './signature-scheme.js';
import type { SignedRequest } from './signed-request.js';

const LENGTHS = { sha256: 32, sha384: 48, sha512: 64 };

/** A code over the body, or over time, dot and body. */
export const hmac = ({
  header,
  algorithm,
  encoding,
  prefix,
  idHeader,
  timestampHeader,
}: Omit<HmacScheme, 'type'>): SignatureScheme => {
  const timeOf = (request: SignedRequest) =>
    timestampHeader === undefined ? undefined : (request.only(timestampHeader) ?? '');
  const partsOf = (body: Buffer, time: string | undefined) => (time === undefined ? [body] : [`${time}.`, body]);
  return {
    secretFault: textFault,

    newSecret: () => randomBytes(32).toString('base64url'),

    inspect({ request, secrets, now, macs }) {
      const [given, time] = [request.only(header) ?? '', timeOf(request)];
      const text = given.startsWith(prefix) ? given.slice(prefix.length) : '';
      const signatures = signatureIn(text, encoding, LENGTHS[algorithm]);
      if (!macs.match(algorithm, secrets, signatures, partsOf(request.body, time))) return 'signature';
      if (time === undefined) return null;
      const at = instantOf(time);
      if (at === null) return 'signature';
      return isStale(at, now) ? 'stale' : null;
    },

    nameOf(request) {
      const content = digestOf(...partsOf(request.body, timeOf(request)));
      if (idHeader === undefined) return { id: null, identity: ['content', content] };
      const id = idIn(request.only(idHeader));
      if (id === null) return null;
      // The id is not signed: whoever captured a request could send it under another one.
      return timestampHeader === undefined
        ? { id, identity: ['content', content], alias: { key: ['id', id], value: content } }
        : { id, identity: ['id', id], alias: { key: ['content', content], value: id } };
    },

    sign(secret, body, { id, now }) {
      const time = timestampHeader === undefined ? undefined : String(Math.floor(now / 1000));
      const signature = macOf(algorithm, secret, partsOf(body, time)).toString(encoding);
      return {
        [header]: prefix + signature,
        ...(idHeader !== undefined && { [idHeader]: id }),
        ...(timestampHeader !== undefined && { [timestampHeader]: time! }),
      };
    },
  };
};
