import { describe } from '@jest/globals';
import { SystemClock } from '../../src/clock/system-clock.js';
import { KafkaTransport } from '../../src/transports/kafka/kafka-transport.js';
import { settingsSchema } from '../../src/settings/settings.schema.js';
import { createKafkaTopic, KAFKA_BROKERS, kafkaBroker, kafkaSwitch, writeToKafka } from './broker-fixture.js';
import { describePublishing } from './publishing.contract.js';
import { describeSubscribing } from './subscribing.contract.js';
import { describeTransport } from './transport.contract.js';

const suite = KAFKA_BROKERS === null ? describe.skip : describe;
const settings = { ...settingsSchema.parse({}).kafka, brokers: KAFKA_BROKERS };

suite('topics of Kafka, skipped where KAFKA_BROKERS is not set', () => {
  describeTransport('Kafka', () =>
    Promise.resolve({
      transport: () => new KafkaTransport(settings, new SystemClock()),
      createTopic: createKafkaTopic,
      write: writeToKafka,
      crash: kafkaSwitch,
      makesTopics: false,
      // A test that failed may have left it down.
      close: () => kafkaSwitch?.up() ?? Promise.resolve(),
    }),
  );

  if (kafkaSwitch) describePublishing(kafkaBroker, 'Kafka');
  describeSubscribing(kafkaBroker, 'Kafka', kafkaSwitch !== null);
});
