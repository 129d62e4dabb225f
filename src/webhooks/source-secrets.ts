import { Injectable } from '@nestjs/common';
import { KeyRing } from '../secrets/key-ring.js';
import { sealText } from '../secrets/sealed-text.js';
import { openSealed } from '../secrets/sealer.js';
import { newId } from '../domain/ids.js';
import type { WebhookSecret, WebhookSource } from './webhook-source.js';

const VERSION = 'w1';

type Owner = Pick<WebhookSource, 'organization' | 'id'>;

/** Seals the secrets of webhook sources, each for its organization, source and place. */
@Injectable()
export class SourceSecrets {
  constructor(private readonly ring: KeyRing) {}

  /** A new secret of a source, the current one. */
  sealNew(owner: Owner, plain: string, now: number): WebhookSecret {
    const id = newId(now);
    return { id, sealed: this.seal(owner, id, plain), createdAt: now, endsAt: null };
  }

  /** The secret in plain text; do not keep it. @throws SealedSecretError */
  open(owner: Owner, { id, sealed }: WebhookSecret): string {
    return openSealed(this.ring, sealed, id, (version) => (version === VERSION ? boundTo(owner, id) : null));
  }

  /** The secret under the first key of the ring. @throws SealedSecretError */
  sealAnew(owner: Owner, secret: WebhookSecret): WebhookSecret {
    return { ...secret, sealed: this.seal(owner, secret.id, this.open(owner, secret)) };
  }

  isUnderFirstKey({ sealed }: WebhookSecret): boolean {
    return sealed.startsWith(`${VERSION}.${this.ring.first.id}.`);
  }

  private seal(owner: Owner, id: string, plain: string): string {
    return sealText(VERSION, this.ring.first, boundTo(owner, id), plain);
  }
}

const boundTo = ({ organization, id }: Owner, secret: string): string[] => ['webhook', organization, id, secret];
