import ipaddr from 'ipaddr.js';
import { plainAddress } from './plain-address.js';

/** Shared by all clients whose address a proxy does not reveal. */
const UNKNOWN = 'unknown';

/** The network that one client probably has to itself: an IPv4 address, or the /64 of an IPv6 address. */
export function clientNetwork(address: string): string {
  const plain = plainAddress(address);
  if (!ipaddr.isValid(plain)) return UNKNOWN;
  const parsed = ipaddr.process(plain);
  return parsed instanceof ipaddr.IPv6 ? parsed.parts.slice(0, 4).join(':') : parsed.toString();
}
