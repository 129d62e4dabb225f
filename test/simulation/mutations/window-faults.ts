import type { ReceivedEvent } from '../../../src/domain/event.js';
import { newId } from '../../../src/domain/ids.js';
import type { WindowChange } from '../../../src/events/windows/event-window.store.js';
import { TriggerConditions } from '../../../src/events/trigger-conditions.js';
import { WindowFiring } from '../../../src/events/windows/window-firing.js';
import { WindowWatch } from '../../../src/events/windows/window-watch.js';
import { RunIntake, type Looked } from '../../../src/scheduling/runs/run-intake.js';
import { copyOf } from '../../../src/testing/memory/memory-data.js';
import type { Mutation } from './mutation.js';

/** Puts other methods in front of those of an object. */
const change = (target: object, methods: object): void => void Object.assign(target, methods);

/** The windows as another store would have written them. */
const writing =
  (changed: (each: WindowChange) => WindowChange): NonNullable<Mutation['path']> =>
  (stores) => {
    const write = stores.eventWindows.write.bind(stores.eventWindows);
    stores.eventWindows.write = (changes) => write(changes.map((each) => changed(copyOf(each))));
    return stores;
  };

const FAULTS: Mutation[] = [
  {
    name: 'a window is written whatever is stored',
    store: ({ eventWindows }, data) => {
      eventWindows.write = (changes) => {
        for (const { window } of changes) data.eventWindows.set(window.id, copyOf(window));
        return Promise.resolve(new Set(changes.map(({ window }) => window.id)));
      };
    },
  },
  {
    name: 'a window ends some time after its last event was handled',
    path: writing((each) => {
      const { gathering } = each.window;
      if (gathering) gathering.endsAt += 700;
      return each;
    }),
  },
  {
    name: 'the run of a window has another id each time',
    instance: (assembly) => {
      const intake = assembly.get(RunIntake);
      const onWindow = intake.onWindow.bind(intake);
      change(intake, {
        onWindow: (looked: Looked, what: { id: string; scheduledFor: number; event: ReceivedEvent }, dueAt: number) =>
          onWindow(looked, { ...what, id: newId(what.scheduledFor) }, dueAt),
      });
    },
  },
  {
    name: 'a window forgets its events while their dispatch may be repeated',
    instance: (assembly) => {
      change(assembly.get(TriggerConditions), { dispatchedAmong: () => Promise.resolve(new Map()) });
      change(assembly.get(WindowFiring), { undispatched: () => Promise.resolve(new Map()) });
    },
  },
  {
    name: 'nobody looks for windows that the dead have left',
    instance: (assembly) => change(assembly.get(WindowWatch), { found: () => Promise.resolve([]) }),
  },
  {
    name: 'events are not told what became of them',
    instance: (assembly) => change(assembly.get(WindowFiring), { tell: () => Promise.resolve() }),
  },
  {
    name: 'what comes while a window ends is lost with it',
    path: writing((each) => {
      if (each.window.ended.length > 0) each.window.gathering = null;
      return each;
    }),
  },
];

/** Faults of windows of event triggers, in worlds with many events. */
export const WINDOW_FAULTS: Mutation[] = FAULTS.map((fault) => ({ eventful: true, ...fault }));
