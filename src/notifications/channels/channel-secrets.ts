import { Injectable } from '@nestjs/common';
import { newId } from '../../domain/ids.js';
import { KeyRing } from '../../secrets/key-ring.js';
import { sealText } from '../../secrets/sealed-text.js';
import { openSealed } from '../../secrets/sealer.js';
import type { Channel, SigningSecret } from './channel.js';

const VERSION = 'n1';
const URL_PLACE = 'url';

type Owner = Pick<Channel, 'organization' | 'id'>;

/** Seals the addresses and secrets of channels, each for its organization, channel and place. */
@Injectable()
export class ChannelSecrets {
  constructor(private readonly ring: KeyRing) {}

  sealUrl(owner: Owner, plain: string): string {
    return this.seal(owner, URL_PLACE, plain);
  }

  /** The address in plain text; do not keep it. @throws SealedSecretError */
  openUrl(channel: Channel): string {
    return this.open(channel, URL_PLACE, channel.url ?? '');
  }

  /** A new secret that signs, the current one. */
  sealNew(owner: Owner, plain: string, now: number): SigningSecret {
    const id = newId(now);
    return { id, sealed: this.seal(owner, id, plain), endsAt: null };
  }

  /** A secret that signs, in plain text; do not keep it. @throws SealedSecretError */
  openSecret(owner: Owner, { id, sealed }: SigningSecret): string {
    return this.open(owner, id, sealed);
  }

  /** The channel with everything under the first key of the ring. @throws SealedSecretError */
  sealAnew(channel: Channel): Channel {
    const url = channel.url === null ? null : this.sealUrl(channel, this.openUrl(channel));
    const secrets = channel.secrets.map((each) => ({
      ...each,
      sealed: this.seal(channel, each.id, this.openSecret(channel, each)),
    }));
    return { ...channel, url, secrets };
  }

  isUnderFirstKey({ url, secrets }: Channel): boolean {
    const sealed = [...(url === null ? [] : [url]), ...secrets.map((each) => each.sealed)];
    return sealed.every((text) => text.startsWith(`${VERSION}.${this.ring.first.id}.`));
  }

  private seal(owner: Owner, place: string, plain: string): string {
    return sealText(VERSION, this.ring.first, boundTo(owner, place), plain);
  }

  private open(owner: Owner, place: string, sealed: string): string {
    return openSealed(this.ring, sealed, place, (version) => (version === VERSION ? boundTo(owner, place) : null));
  }
}

const boundTo = ({ organization, id }: Owner, place: string): string[] => ['notification', organization, id, place];
