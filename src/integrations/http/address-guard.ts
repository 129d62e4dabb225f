import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { SettingsError } from '../../domain/errors.js';

type Address = ReturnType<typeof ipaddr.parse>;
type Network = ReturnType<typeof ipaddr.parseCIDR>;
type ResolveAll = (host: string, options: LookupOptions & { all: true }, done: ResolvedAll) => void;
type ResolvedAll = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void;

const HOST_NAME = /^(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/;
const LOCAL_NAME = /^([a-z0-9_-]+\.)*localhost$/;
const LOOPBACK: LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];
const FAMILIES: Record<string, number> = { 4: 4, 6: 6, IPv4: 4, IPv6: 6 };
/** The only part of IPv6 from which public addresses are assigned. */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');

/** The host is, or resolves only to, addresses that are neither public nor allowed. */
export class AddressRefusedError extends Error {
  override readonly name = 'AddressRefusedError';
  readonly code = 'address-refused';

  constructor(host: string) {
    // Does not reveal the resolved address: the caller may be looking for just that.
    super(`The host ${host} has no public address; HTTP_ALLOW can name private ones that may be called.`);
  }
}

/** Decides which addresses outgoing calls may reach: public ones, and those that the settings allow. */
export class AddressGuard {
  private readonly hosts = new Set<string>();
  private readonly networks: Network[] = [];

  /** `allow` holds host names, addresses and CIDRs. Throws a `SettingsError` for anything else. */
  constructor(
    allow: readonly string[],
    private readonly resolveAll: ResolveAll = systemLookup,
  ) {
    for (const entry of allow) this.allow(normalHost(entry));
  }

  /** Refuses a URL whose host is an address that may not be reached; names are checked when they are resolved. */
  checkUrl(url: URL): void {
    const host = normalHost(url.hostname);
    if (isIP(host) !== 0 && !this.accepts(host)) throw new AddressRefusedError(host);
  }

  /**
   * Refuses a name that leads to no address that may be reached, as far as this machine can tell: what a name leads to
   * that only the proxy can look up, the proxy has to guard.
   */
  async checkName(host: string): Promise<void> {
    const name = normalHost(host);
    if (isIP(name) !== 0 || this.hosts.has(name)) return;
    const addresses = await this.addressesOf(name);
    if (addresses.length > 0 && !addresses.some(({ address }) => this.accepts(address)))
      throw new AddressRefusedError(name);
  }

  private addressesOf(name: string): Promise<LookupAddress[]> {
    return new Promise((resolve) =>
      this.resolve(name, { all: true }, (error, addresses) => resolve(error ? [] : addresses)),
    );
  }

  /** Whether calls may reach this address. */
  accepts(address: string): boolean {
    if (!ipaddr.isValid(address)) return false;
    const parsed = ipaddr.parse(address);
    const plain = ipaddr.process(address);
    return isPublic(parsed) || this.networks.some((network) => contains(network, parsed) || contains(network, plain));
  }

  /**
   * A `lookup` for `net.connect` that passes on only allowed addresses, so that the checked address is the one that
   * gets connected.
   */
  readonly lookup: LookupFunction = (host, options, done) => {
    this.resolve(host, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, []);
      const accepted = this.hosts.has(normalHost(host)) ? addresses : addresses.filter((a) => this.accepts(a.address));
      const [first] = accepted;
      if (!first) return done(new AddressRefusedError(host), []);
      return options.all ? done(null, accepted) : done(null, first.address, first.family);
    });
  };

  /** Names under localhost are this machine, whatever a resolver says (RFC 6761, 6.3). */
  private resolve(host: string, options: LookupOptions & { all: true }, done: ResolvedAll): void {
    if (!LOCAL_NAME.test(normalHost(host))) return this.resolveAll(host, options, done);
    done(
      null,
      LOOPBACK.filter(({ family }) => !options.family || FAMILIES[options.family] === family),
    );
  }

  private allow(entry: string): void {
    if (ipaddr.isValidCIDR(entry)) this.networks.push(ipaddr.parseCIDR(entry));
    else if (isIP(entry) !== 0) this.networks.push(wholeAddress(entry));
    else if (HOST_NAME.test(entry)) this.hosts.add(entry);
    else throw new SettingsError(`HTTP_ALLOW: ${JSON.stringify(entry)} is not a host name, address or CIDR.`);
  }
}

function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  return address.kind() === 'ipv4' || contains(GLOBAL_UNICAST, address);
}

const contains = (network: Network, address: Address): boolean =>
  network[0].kind() === address.kind() && address.match(network);

const wholeAddress = (text: string): Network => {
  const address = ipaddr.parse(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
};

/** Neither case nor a final dot distinguishes host names; brackets belong to the URL. */
const normalHost = (host: string): string =>
  host
    .trim()
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
