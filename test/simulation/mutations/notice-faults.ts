import { AlertConsumer } from '../../../src/notifications/alerts/alert-consumer.js';
import { AlertPublisher } from '../../../src/notifications/alerts/publisher.js';
import type { Telling } from '../../../src/notifications/alerts/watch.js';
import type { Rule } from '../../../src/notifications/rules/rule.js';
import type { NotificationDelivery } from '../../../src/notifications/deliveries/delivery.js';
import type { LifecycleMessage, RunMessage } from '../../../src/domain/lifecycle-message.js';
import type { NotificationRecord, RecordKind } from '../../../src/notifications/ports/notification.store.js';
import type { Mutation } from './mutation.js';

type Body = NotificationRecord['body'];

/** Records of this kind as another store would have written them. */
const writing =
  (kind: RecordKind, changed: (body: Body, record: NotificationRecord) => Body): NonNullable<Mutation['path']> =>
  (stores) => {
    const { notifications } = stores;
    const [insert, replace] = [notifications.insert.bind(notifications), notifications.replace.bind(notifications)];
    const other = (record: NotificationRecord): NotificationRecord =>
      record.kind === kind ? { ...record, body: changed(record.body, record) } : record;
    notifications.insert = (record) => insert(other(record));
    notifications.replace = (record, version) => replace(other(record), version);
    return stores;
  };

/** Deliveries as another store would have changed them. */
const delivering =
  (changed: (delivery: NotificationDelivery) => NotificationDelivery): NonNullable<Mutation['path']> =>
  (stores) => {
    const replace = stores.notificationDeliveries.replace.bind(stores.notificationDeliveries);
    stores.notificationDeliveries.replace = (delivery, version) => replace(changed(delivery), version);
    return stores;
  };

/** What is told of messages as if others had come; `steps` are those that nobody wanted before. */
const hearing =
  (
    heard: (message: RunMessage) => RunMessage[],
    steps: readonly LifecycleMessage['type'][] = [],
  ): NonNullable<Mutation['instance']> =>
  (assembly) => {
    const consumer = assembly.get(AlertConsumer);
    const deliver = consumer.deliver.bind(consumer);
    const hear = (message: LifecycleMessage): LifecycleMessage[] => ('runId' in message ? heard(message) : [message]);
    Object.assign(consumer, {
      steps: new Set([...consumer.steps, ...steps]),
      wants: () => true,
      deliver: (messages: readonly LifecycleMessage[]) => deliver(messages.flatMap(hear)),
    });
  };

const FAULTS: Mutation[] = [
  {
    name: 'nobody remembers into which message an alert went',
    path: writing('gate', (body) => ({ ...body, told: [] })),
  },
  {
    name: 'what has to be told is forgotten if its instance dies',
    path: writing('watch', (body) => ({ ...body, tell: [] })),
  },
  {
    name: 'a failure that comes after a later success is told to nobody',
    instance: (assembly) => {
      const publisher = assembly.get(AlertPublisher);
      const publish = publisher.publish.bind(publisher);
      Object.assign(publisher, {
        publish: (rule: Rule, telling: Telling) =>
          telling.alert.kind === 'failure' && telling.alert.failures === null
            ? Promise.resolve()
            : publish(rule, telling),
      });
    },
  },
  {
    name: 'a recovery is told to whom nothing was told',
    path: writing('watch', (body) => ({ ...body, ...((body['count'] as number) > 0 && { toldTo: ['first'] }) })),
  },
  {
    name: 'a success ends nothing',
    instance: hearing((message) => (message.type === 'run.succeeded' ? [] : [message])),
  },
  {
    name: 'a cancelled or skipped run counts as a failure',
    instance: hearing(
      (message) => [
        message.type === 'run.cancelled' || message.type === 'run.skipped'
          ? { ...message, type: 'run.failed' }
          : message,
      ],
      ['run.cancelled', 'run.skipped'],
    ),
  },
  {
    name: 'that a task keeps failing is told with each failure',
    path: writing('watch', (body) => ({ ...body, failingAt: null })),
  },
  { name: 'a rule sends as much as there is', path: writing('gate', (body) => ({ ...body, sent: 0 })) },
  { name: 'each alert has a message of its own', path: writing('gate', (body) => ({ ...body, open: null })) },
  {
    name: 'a delivery that has not arrived is not tried again',
    path: delivering((each) =>
      each.status === 'pending' && each.tries > 0 && each.takenBy === null ? { ...each, dueAt: null } : each,
    ),
  },
  {
    name: 'a delivery stays with an instance that died with it',
    path: delivering((each) => (each.takenBy === null ? each : { ...each, dueAt: (each.dueAt ?? 0) + 3_600_000 })),
  },
  {
    name: 'alerts are added to a message that has gone',
    path: (stores) => {
      const { notificationDeliveries } = stores;
      const find = notificationDeliveries.find.bind(notificationDeliveries);
      notificationDeliveries.find = async (organization, id) => {
        const found = await find(organization, id);
        return found && { ...found, status: 'pending', takenBy: null, tries: 0 };
      };
      return stores;
    },
  },
];

/** Faults of notifications, in worlds where somebody wants to be told. */
export const NOTICE_FAULTS: Mutation[] = FAULTS.map((fault) => ({ notified: true, ...fault }));
