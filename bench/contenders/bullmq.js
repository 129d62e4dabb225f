import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { inBatches } from './batches.js';

const BATCH = 1000;

/** BullMQ on Redis. Finished jobs are removed, as its documentation recommends for speed. */
export async function open({ url, concurrency, works, onStart, onEnd }) {
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  const queue = new Queue('bench', { connection, defaultJobOptions: { removeOnComplete: true } });
  const work = async (job) => {
    const { at = Number(job.id.split(':').at(-1)), holdMs = 0 } = job.data;
    onStart(job.id, at);
    if (holdMs) await new Promise((resolve) => setTimeout(resolve, holdMs));
  };
  const workerConnection = new Redis(url, { maxRetriesPerRequest: null });
  const worker = works ? new Worker('bench', work, { connection: workerConnection, concurrency }) : undefined;
  worker?.on('completed', onEnd);
  worker?.on('error', (error) => process.stderr.write(`bullmq: ${error.message}\n`));
  await (worker ?? queue).waitUntilReady();
  return {
    storeAt: (count, at, holdMs) =>
      inBatches(count, BATCH, async (size) => {
        const opts = { delay: Math.max(0, at - Date.now()) };
        await queue.addBulk(Array.from({ length: size }, () => ({ name: 'at', data: { at, holdMs }, opts })));
      }),
    async storeEverySecond(count) {
      for (let index = 0; index < count; index++) await queue.upsertJobScheduler(`second-${index}`, { every: 1000 });
    },
    async runNow() {
      await queue.add('at', { at: Date.now(), holdMs: 0 });
    },
    async close() {
      await worker?.close();
      await queue.close();
      connection.disconnect();
      workerConnection.disconnect();
    },
  };
}
