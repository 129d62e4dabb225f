import { describe, expect, it } from '@jest/globals';
import { SettableClock } from '../../clock/settable-clock.js';
import { clientNetwork } from './client-network.js';
import { RateWindow } from './rate-window.js';

describe('RateWindow', () => {
  it('allows so much of each key, and all of it again after a minute', async () => {
    const clock = new SettableClock(0);
    const window = new RateWindow(() => 2, clock);
    expect(window.look('a')).toEqual({ limit: 2, remaining: 2, resetS: 60, isExceeded: false });
    window.count('a');
    await clock.advance(30_500);
    expect(window.count('a')).toEqual({ limit: 2, remaining: 0, resetS: 30, isExceeded: false });
    expect(window.look('a')).toMatchObject({ isExceeded: true });
    expect(window.count('a')).toMatchObject({ remaining: 0, isExceeded: true });
    expect(window.count('b')).toMatchObject({ remaining: 1, isExceeded: false });
    await clock.advance(29_500);
    expect(window.count('a')).toEqual({ limit: 2, remaining: 1, resetS: 60, isExceeded: false });
  });
});

describe('clientNetwork', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', clientNetwork('2001:db8:1:2::9')],
    ['192.0.2.7:51234', '192.0.2.7'],
    ['[::ffff:192.0.2.7]:443', '192.0.2.7'],
    [' [2001:db8:1:2::5]:51234 ', clientNetwork('2001:db8:1:2::9')],
    ['[2001:db8:1:2::5]', clientNetwork('2001:db8:1:2::9')],
    ['[fe80::1%eth0]:1', clientNetwork('fe80::1')],
    ['unknown', 'unknown'],
    ['_hidden1', 'unknown'],
    ['192.0.2.7:port', 'unknown'],
  ])('takes %s for %s', (address, network) => {
    expect(clientNetwork(address)).toBe(network);
  });

  it('tells two networks apart', () => {
    expect(clientNetwork('2001:db8:1:2::9')).not.toBe(clientNetwork('2001:db8:1:3::9'));
  });
});
