/** Opens the store named by its first argument, and claims what it is told to for the owner named by its second. */
import 'reflect-metadata';
import { openStorage } from '../../dist/storage/open-storage.js';

const [url, owner] = process.argv.slice(2);
const storage = await openStorage(url);
const { runs, locks } = storage.ports;

async function contend({ claims, keys }) {
  const mine = claims.map((claim) => ({ ...claim, run: { ...claim.run, owner } }));
  const [held, results] = await Promise.all([
    Promise.all(keys.map((key) => locks.acquire([key], owner, 60_000))),
    Promise.all(mine.map((claim) => runs.open([claim]))),
  ]);
  return {
    held: held.flatMap((each) => [...each]),
    opened: mine.filter((_, index) => results[index][0] === 'opened').map(({ taskId }) => taskId),
  };
}

process.on('message', (message) => void contend(message).then((outcome) => process.send(outcome)));
process.on('disconnect', () => void storage.close());
process.send('ready');
