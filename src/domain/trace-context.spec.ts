import { describe, expect, it } from '@jest/globals';
import { isSampled, storedTrace, traceContextOf, traceIdOf } from './trace-context.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const GOOD = `00-${TRACE}-${SPAN}-01`;

describe('the place in a trace', () => {
  it('is read from its headers', () => {
    expect(traceContextOf(GOOD, 'rojo=00f067aa0ba902b7, congo=t61rcWkgMzE')).toEqual({
      traceparent: GOOD,
      tracestate: 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE',
    });
    expect(traceIdOf({ traceparent: GOOD })).toBe(TRACE);
    expect([isSampled({ traceparent: GOOD }), isSampled({ traceparent: GOOD.slice(0, -1) + '2' })]).toEqual([
      true,
      false,
    ]);
  });

  it('of a later version is read as far as it is known', () => {
    expect(traceContextOf(`01-${TRACE}-${SPAN}-01-more`)).toEqual({ traceparent: GOOD });
  });

  it.each([
    undefined,
    null,
    7,
    '',
    'x'.repeat(100_000),
    GOOD.toUpperCase(),
    `${GOOD}-more`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.slice(1)}-${SPAN}-01`,
    `${GOOD}\r\nx: y`,
    [GOOD],
  ])('is none in %p', (traceparent) => {
    expect(traceContextOf(traceparent, 'a=b')).toBeUndefined();
  });

  it.each([
    '',
    ',',
    'a',
    'A=b',
    'a=b,a=c',
    'a=b\nc',
    `a=${'x'.repeat(600)}`,
    Array.from({ length: 33 }, (_, index) => `k${index}=1`).join(','),
    ['a=b'],
  ])('leaves out the state %p, and stays', (tracestate) => {
    expect(traceContextOf(GOOD, tracestate)).toEqual({ traceparent: GOOD });
  });

  it('takes no longer for what is made to take long', () => {
    const began = performance.now();
    for (let round = 0; round < 100; round++) {
      traceContextOf(GOOD, `a=${' '.repeat(509)}`);
      traceContextOf(`01-${TRACE}-${SPAN}-01-${'-'.repeat(450)}`);
    }
    expect(performance.now() - began).toBeLessThan(50);
  });

  it('that a store keeps is none where it cannot be read', () => {
    expect(storedTrace({ traceparent: GOOD, tracestate: 'a=b' })).toEqual({ traceparent: GOOD, tracestate: 'a=b' });
    expect([storedTrace(null), storedTrace('x'), storedTrace({ traceparent: 1 })]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
