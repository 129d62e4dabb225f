import { Injectable } from '@nestjs/common';
import { LifecycleEvents } from '../../lifecycle/lifecycle-events.js';
import type { EventWindow } from './event-window.js';

/** How many stretches of events the window has: those that wait for their runs, and the one that it gathers. */
const partsOf = ({ gathering, ended }: EventWindow): number => ended.length + (gathering ? 1 : 0);

/** Tells what a change made of a window, once it is stored. */
@Injectable()
export class WindowNews {
  constructor(private readonly events: LifecycleEvents) {}

  told(before: EventWindow, after: EventWindow): void {
    const opened = partsOf(after) - partsOf(before);
    const fired = after.ended.length - before.ended.length;
    if (opened > 0) this.events.emit('windows.changed', { change: 'opened', count: opened });
    if (fired > 0) this.events.emit('windows.changed', { change: 'fired', count: fired });
    else if (before.gathering && !after.gathering)
      this.events.emit('windows.changed', { change: endOf(before, after), count: 1 });
  }
}

/** Why what the window gathered got no run. */
function endOf(before: EventWindow, after: EventWindow): 'expired' | 'abandoned' {
  const gone = after.spent.slice(before.spent.length);
  return gone.some((event) => 'reason' in event && event.reason === 'changed') ? 'abandoned' : 'expired';
}
