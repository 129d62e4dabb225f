import { resealedText, resealStore } from './resealing.js';
import { settingsOf } from './settings/load-settings.js';

async function reseal(): Promise<void> {
  const done = await resealStore(settingsOf(process.env), (what) => console.error(what));
  console.log(resealedText(done));
  if (done.left > 0) process.exitCode = 2;
}

reseal().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
