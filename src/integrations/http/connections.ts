import { createHash } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { Agent, ProxyAgent, type Dispatcher } from 'undici';
import { ActionError } from '../action.js';
import type { AddressGuard } from './address-guard.js';
import { PerOrganization } from './per-organization.js';

/** How many certificates of one organization have connections of their own at a time. */
const MOST_IDENTITIES = 8;

/** What a task shows and trusts in the handshake, all in PEM. */
export interface TlsIdentity {
  /** Its certificate and the key of that. */
  cert?: string;
  key?: string;
  /** The certificates that sign those of the servers, in place of the usual ones. */
  ca?: string;
}

// The task decides how long an attempt may take, so undici's own limits on answers are off.
const UNLIMITED = { headersTimeout: 0, bodyTimeout: 0 };

/**
 * The connections of outgoing calls: each goes only to an address that the guard accepts, or through the operator's
 * proxy. Calls with a certificate have connections apart, which no other organization uses.
 */
export class Connections {
  private readonly common: Dispatcher;
  private readonly identities = new PerOrganization<Dispatcher>(MOST_IDENTITIES, (agent) => void agent.close());
  /** Those that left the cache and may still be at work. */
  private isClosed = false;

  constructor(
    private readonly guard: AddressGuard,
    private readonly proxyUrl: string | null = null,
  ) {
    this.common = this.agent();
  }

  /** The connections for a call. Throws an `ActionError` (`tls-identity`) when certificate and key are of no use. */
  of(organization: string, identity: TlsIdentity | null): Dispatcher {
    if (!identity) return this.common;
    const key = digestOf(identity);
    const known = this.identities.get(organization, key);
    if (known) return known;
    const agent = this.agent(contextOf(identity));
    this.identities.set(organization, key, agent);
    return agent;
  }

  /** Refuses a URL whose host may not be reached. */
  async check(url: URL): Promise<void> {
    this.guard.checkUrl(url);
    // The proxy looks names up by itself; otherwise they are checked when they are looked up here.
    if (this.proxyUrl !== null) await this.guard.checkName(url.hostname);
  }

  /** Closes every connection. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await Promise.all([this.common, ...this.identities.all()].map((agent) => agent.destroy()));
  }

  private agent(secureContext?: SecureContext): Dispatcher {
    const tls = { rejectUnauthorized: true, ...(secureContext && { secureContext }) };
    if (this.proxyUrl === null) return new Agent({ ...UNLIMITED, connect: { ...tls, lookup: this.guard.lookup } });
    return new ProxyAgent({ ...UNLIMITED, uri: this.proxyUrl, proxyTunnel: false, requestTls: tls });
  }
}

/** Throws an `ActionError` that shows nothing of the key. */
function contextOf({ cert, key, ca }: TlsIdentity): SecureContext {
  try {
    return createSecureContext({ cert, key, ca });
  } catch {
    throw new ActionError('tls-identity', 'The certificate and the key of the task cannot be used together.', {
      retryable: false,
    });
  }
}

const digestOf = ({ cert, key, ca }: TlsIdentity): string =>
  createHash('sha256')
    .update(JSON.stringify([cert, key, ca]))
    .digest('base64url');
