import type { Verdict } from '../trigger-conditions.js';
import type { EventWindow } from './event-window.js';

/** The window after an event, and what becomes of that. */
export interface Step {
  window: EventWindow;
  verdict: Verdict;
}
