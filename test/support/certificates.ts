import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

/** A certificate and its key, in PEM. */
export interface Certificate {
  cert: string;
  key: string;
  keys: { publicKey: KeyObject; privateKey: KeyObject };
  name: string;
}

const ECDSA_WITH_SHA256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const COMMON_NAME = [0x55, 0x04, 0x03];
const BASIC_CONSTRAINTS = [0x55, 0x1d, 0x13];
const SUBJECT_ALT_NAME = [0x55, 0x1d, 0x11];
const LOOPBACK = Buffer.from([127, 0, 0, 1]);

let serial = 1;

/** Makes a certificate for `localhost` and 127.0.0.1, signed by `issuer`, or by itself as an authority. */
export function aCertificate(name: string, issuer?: Certificate): Certificate {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signer = issuer ?? { name, keys };
  const body = sequence(
    tagged(0xa0, integer(2)),
    integer(serial++),
    sequence(oid(ECDSA_WITH_SHA256)),
    named(signer.name),
    sequence(utcTime('250101000000Z'), utcTime('490101000000Z')),
    named(name),
    keys.publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...(issuer ? [] : [AUTHORITY]), names())),
  );
  const signature = sign('sha256', body, signer.keys.privateKey);
  const whole = sequence(body, sequence(oid(ECDSA_WITH_SHA256)), tagged(0x03, Buffer.from([0]), signature));
  const lines = whole.toString('base64').match(/.{1,64}/g)!;
  return {
    name,
    keys,
    cert: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
    key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function tagged(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: Buffer[]): Buffer => tagged(0x30, ...parts);
const integer = (value: number): Buffer => tagged(0x02, Buffer.from([value]));
const oid = (bytes: number[]): Buffer => tagged(0x06, Buffer.from(bytes));
const utcTime = (text: string): Buffer => tagged(0x17, Buffer.from(text));
const named = (name: string): Buffer =>
  sequence(tagged(0x31, sequence(oid(COMMON_NAME), tagged(0x0c, Buffer.from(name)))));
const names = (): Buffer =>
  sequence(
    oid(SUBJECT_ALT_NAME),
    tagged(0x04, sequence(tagged(0x82, Buffer.from('localhost')), tagged(0x87, LOOPBACK))),
  );

/** The extension that lets a certificate sign others. */
const AUTHORITY = sequence(
  oid(BASIC_CONSTRAINTS),
  tagged(0x01, Buffer.from([0xff])),
  tagged(0x04, sequence(tagged(0x01, Buffer.from([0xff])))),
);
