import { MongoBackend } from '@agendajs/mongo-backend';
import { Agenda } from 'agenda';
import { inBatches } from './batches.js';

const AT_ONCE = 200;

/**
 * Agenda on MongoDB, tuned for many jobs as its documentation says: raised limits, a short interval between polls, and
 * finished jobs removed.
 */
export async function open({ url, concurrency, works, onStart, onEnd }) {
  const agenda = new Agenda({
    backend: new MongoBackend({ address: url }),
    processEvery: 100,
    maxConcurrency: concurrency,
    defaultConcurrency: concurrency,
    lockLimit: 0,
    defaultLockLimit: 0,
    removeOnComplete: true,
  });
  agenda.on('error', (error) => process.stderr.write(`agenda: ${error.message}\n`));
  const limits = { concurrency, lockLimit: 0 };
  const once = async ({ attrs: { _id, data } }) => {
    onStart(String(_id), data.at);
    if (data.holdMs) await new Promise((resolve) => setTimeout(resolve, data.holdMs));
  };
  const everySecond = async ({ attrs: { _id, lastRunAt } }) => {
    // Agenda does not keep the nominal time; the second in which the job starts is used instead.
    const second = Math.floor(lastRunAt.getTime() / 1000) * 1000;
    onStart(`${_id}/${second}`, second);
  };
  agenda.define('at', once, limits);
  agenda.define('second', everySecond, limits);
  agenda.on('complete', onEnd);
  await agenda.ready;
  if (works) await agenda.start();
  const each = (count, store) =>
    inBatches(count, AT_ONCE, (size) => Promise.all(Array.from({ length: size }, (_, index) => store(index))));
  return {
    storeAt: (count, at, holdMs) => each(count, () => agenda.schedule(new Date(at), 'at', { at, holdMs })),
    storeEverySecond: (count) =>
      each(count, (index) => agenda.create('second', { index }).repeatEvery('* * * * * *').save()),
    async runNow() {
      await agenda.now('at', { at: Date.now(), holdMs: 0 });
    },
    close: () => agenda.stop(),
  };
}
