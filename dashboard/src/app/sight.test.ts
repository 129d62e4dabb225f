import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { isUnseen, onSight } from './sight.ts';

const page = Object.assign(new EventTarget(), { hidden: false });
const turn = (isHidden: boolean): void => {
  page.hidden = isHidden;
  page.dispatchEvent(new Event('visibilitychange'));
};

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('document', page);
});
afterEach(() => {
  turn(false);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

it('a page is unseen ten seconds after it was hidden, and seen at once', () => {
  page.hidden = false;
  const end = onSight(() => undefined);
  turn(true);
  vi.advanceTimersByTime(9999);
  expect(isUnseen()).toBe(false);
  vi.advanceTimersByTime(1);
  expect(isUnseen()).toBe(true);
  turn(false);
  expect(isUnseen()).toBe(false);
  end();
});

it('a page that was opened in the background becomes unseen without any change', () => {
  page.hidden = true;
  const end = onSight(() => undefined);
  vi.advanceTimersByTime(10_000);
  expect(isUnseen()).toBe(true);
  turn(false);
  end();
});

it('who listens no more is told nothing more', () => {
  page.hidden = true;
  const listener = vi.fn<() => void>();
  onSight(listener)();
  vi.advanceTimersByTime(60_000);
  turn(false);
  expect(listener).not.toHaveBeenCalled();
  expect(isUnseen()).toBe(false);
});
