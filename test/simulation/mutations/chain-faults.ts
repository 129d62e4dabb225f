import { isEnd } from '../../../src/domain/chain.js';
import { newId } from '../../../src/domain/ids.js';
import { ChainConsumer } from '../../../src/events/chains/chain-consumer.js';
import { ChainedOrganizations } from '../../../src/events/chains/chained-organizations.js';
import { EventDispatcher } from '../../../src/events/event-dispatcher.js';
import { EventsService } from '../../../src/events/events.service.js';
import { TaskMatcher } from '../../../src/events/task-matcher.js';
import { TaskStore } from '../../../src/scheduling/ports/task.store.js';
import type { LifecycleMessage } from '../../../src/domain/lifecycle-message.js';
import type { Mutation } from './mutation.js';

/** Puts other methods in front of those of an object. */
const change = (target: object, methods: object): void => void Object.assign(target, methods);

const FAULTS: Mutation[] = [
  {
    name: 'the event of an end has another id each time that it is told',
    firstSeed: 80,
    instance: (assembly) => {
      const events = assembly.get(EventsService);
      const store = events.store.bind(events);
      change(events, {
        store: (event: Parameters<EventsService['store']>[0]) =>
          store(isEnd(event.type) ? { ...event, id: newId(event.receivedAt ?? 0) } : event),
      });
    },
  },
  {
    name: 'an end counts as told before its event is stored',
    firstSeed: 120,
    instance: (assembly) => {
      const consumer = assembly.get(ChainConsumer);
      const deliver = consumer.deliver.bind(consumer);
      change(consumer, {
        deliver: (messages: readonly LifecycleMessage[]) => {
          void deliver(messages).catch(() => undefined);
          return Promise.resolve();
        },
      });
    },
  },
  {
    name: 'instances rely for ever on what they knew of chains when they began',
    instance: (assembly) => {
      const organizations = assembly.get(ChainedOrganizations) as unknown as { look(): Promise<void> };
      const look = organizations.look.bind(organizations);
      let looks = 0;
      Object.defineProperty(organizations, 'isKnown', { value: true });
      change(organizations, { look: () => (looks++ === 0 ? look() : Promise.resolve()) });
    },
  },
  {
    name: 'instances rely for ever on the filters that they knew when the first event came',
    instance: (assembly) => {
      const matcher = assembly.get(TaskMatcher);
      const tasks = assembly.get(TaskStore);
      const known = new Map<string, Promise<string[]>>();
      const eventShapes = (organization: string) => {
        const shapes = known.get(organization) ?? tasks.eventShapes(organization);
        known.set(organization, shapes);
        return shapes;
      };
      change(matcher, { tasks: Object.assign(Object.create(tasks) as TaskStore, { eventShapes }) });
    },
  },
  {
    name: 'what follows from an event may start as much as the event',
    firstSeed: 120,
    instance: (assembly) => change(assembly.get(EventDispatcher), { goesOn: () => false }),
  },
];

/** Faults of chains, in worlds with tasks that the ends of others start. */
export const CHAIN_FAULTS: Mutation[] = FAULTS.map((fault) => ({ chained: true, ...fault }));
