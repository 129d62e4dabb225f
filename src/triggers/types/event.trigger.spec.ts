import { describe, expect, it } from '@jest/globals';
import { TriggerFault } from '../trigger-type.js';
import { eventTriggerType, manualTriggerType } from './event.trigger.js';

const context = { createdAt: 0, seed: '' };

describe('an event trigger', () => {
  it('is not driven by time', () => {
    expect(eventTriggerType.timetable({ type: 'event', event: 'x' }, context)).toBeNull();
    expect(eventTriggerType.timetable({ type: 'event', event: 'x', filter: { 'data.a': 1 } }, context)).toBeNull();
    expect(manualTriggerType.timetable({ type: 'manual' }, context)).toBeNull();
  });

  it('refuses a filter that is none', () => {
    const broken = { type: 'event' as const, event: 'x', filter: { $where: '1' } };
    expect(() => eventTriggerType.timetable(broken, context)).toThrow(TriggerFault);
  });

  it('says what it waits for', () => {
    expect(eventTriggerType.describe({ type: 'event', event: 'x' })).toBe('When an event "x" arrives');
    expect(eventTriggerType.describe({ type: 'event', event: 'x', filter: {} })).toBe(
      'When an event "x" arrives that matches its filter',
    );
    expect(manualTriggerType.describe({ type: 'manual' })).toBe('Only when it is asked for');
  });
});
