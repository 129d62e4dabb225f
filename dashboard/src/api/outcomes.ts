import { api, got, type Schemas } from './client.ts';

type Outcomes = Schemas['TaskOutcomesResponse'];
interface Waiting {
  resolve: (outcomes: Outcomes | null) => void;
  reject: (error: unknown) => void;
  signal: AbortSignal;
}
type Asked = readonly (readonly [string, readonly Waiting[]])[];

/** How many outcomes a strip has, and for how many tasks one call asks. */
const COUNT = 16;
const MOST_TASKS = 100;
/** For how long rows that appear together are gathered, in milliseconds: those that only pass by are not asked for. */
const GATHERED_MS = 80;

let waiting = new Map<string, Waiting[]>();

/** The last outcomes of a task, until the signal. Tasks that are asked for at the same time are asked for in one call. */
export function outcomesOf(taskId: string, signal: AbortSignal): Promise<Outcomes | null> {
  return new Promise((resolve, reject) => {
    if (waiting.size === 0) setTimeout(ask, GATHERED_MS);
    waiting.set(taskId, [...(waiting.get(taskId) ?? []), { resolve, reject, signal }]);
  });
}

function ask(): void {
  const all = [...waiting].filter(([, those]) => those.some(isWanted));
  waiting = new Map();
  for (let at = 0; at < all.length; at += MOST_TASKS) void answer(all.slice(at, at + MOST_TASKS));
}

const isWanted = ({ signal }: Waiting): boolean => !signal.aborted;

/** Ends when none of these is wanted any more. */
function endOf(asked: Asked): AbortSignal {
  const end = new AbortController();
  const look = (): void => {
    if (!asked.some(([, those]) => those.some(isWanted))) end.abort();
  };
  for (const [, those] of asked) for (const { signal } of those) signal.addEventListener('abort', look, { once: true });
  return end.signal;
}

async function answer(asked: Asked): Promise<void> {
  try {
    const { items } = await got(
      api.POST('/v1/tasks/outcomes', { signal: endOf(asked), body: { ids: asked.map(([id]) => id), count: COUNT } }),
    );
    const found = new Map(items.map((each) => [each.taskId, each]));
    for (const [id, those] of asked) for (const { resolve } of those) resolve(found.get(id) ?? null);
  } catch (error) {
    for (const [, those] of asked) for (const { reject } of those) reject(error);
  }
}
