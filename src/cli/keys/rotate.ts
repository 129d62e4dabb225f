import { resealedText, resealStore } from '../../resealing.js';
import { settingsOf } from '../../settings/load-settings.js';
import type { Call } from '../command.js';
import { EXIT } from '../terminal/exit.js';

/** `keys rotate`: seals everything with the first key of the ring. */
export async function rotate({ terminal }: Call): Promise<number> {
  const done = await resealStore(settingsOf(terminal.env), (what) => void terminal.say(what));
  await terminal.show(done, resealedText);
  return done.left > 0 ? EXIT.leftOut : EXIT.done;
}
