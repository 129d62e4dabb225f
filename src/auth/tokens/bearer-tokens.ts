import { ApiKeyVerifier } from '../api-keys/api-key.verifier.js';
import { looksLikeKey } from '../api-keys/key-text.js';
import type { Caller } from '../caller.js';
import { TokenVerifier } from '../token-verifier.js';

/** Distinguishes API keys from JSON Web Tokens. */
export class BearerTokens extends TokenVerifier {
  constructor(
    private readonly apiKeys: ApiKeyVerifier,
    private readonly webTokens: TokenVerifier,
  ) {
    super();
  }

  verify(token: string): Promise<Caller> {
    return looksLikeKey(token) ? this.apiKeys.verify(token) : this.webTokens.verify(token);
  }
}
