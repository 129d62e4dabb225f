import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';
import { HttpTarget } from '../support/http-target.js';

/** Publishes public keys, and signs tokens with the private ones. */
export class IdentityProvider {
  private readonly keys = new Map<string, { algorithm: string; privateKey: CryptoKey; published: object }>();
  /** The answer to send instead of the keys. */
  broken: { status: number; body: string } | null = null;

  private constructor(readonly target: HttpTarget) {
    target.answer = (response) => {
      const { status, body } = this.broken ?? { status: 200, body: JSON.stringify({ keys: this.published() }) };
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    };
  }

  static async start(): Promise<IdentityProvider> {
    return new IdentityProvider(await HttpTarget.start());
  }

  get url(): string {
    return `${this.target.url}/keys`;
  }

  /** How often the keys were requested. */
  get fetches(): number {
    return this.target.requests.length;
  }

  async addKey(kid: string, algorithm = 'ES256'): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
    const published = { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' };
    this.keys.set(kid, { algorithm, privateKey, published });
  }

  dropKey(kid: string): void {
    this.keys.delete(kid);
  }

  published(): object[] {
    return [...this.keys.values()].map((key) => key.published);
  }

  /** A token signed with the key; `header` overrides the usual header members. */
  sign(kid: string, claims: JWTPayload, header: Record<string, unknown> = {}): Promise<string> {
    const { algorithm, privateKey } = this.keys.get(kid)!;
    return new SignJWT(claims).setProtectedHeader({ alg: algorithm, kid, ...header }).sign(privateKey);
  }

  close(): Promise<void> {
    return this.target.close();
  }
}
