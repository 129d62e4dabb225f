import { api, got, type Schemas } from './client.ts';

type Outcomes = Schemas['TaskOutcomesResponse'];
type Waiting = { resolve: (outcomes: Outcomes | null) => void; reject: (error: unknown) => void };

/** How many outcomes a strip has, and for how many tasks one call asks. */
const COUNT = 16;
const MOST_TASKS = 100;
/** For how long rows that appear together are gathered, in milliseconds. */
const GATHERED_MS = 25;

let waiting = new Map<string, Waiting[]>();

/** The last outcomes of a task. Tasks that are asked for at the same time are asked for in one call. */
export function outcomesOf(taskId: string): Promise<Outcomes | null> {
  return new Promise((resolve, reject) => {
    if (waiting.size === 0) setTimeout(ask, GATHERED_MS);
    waiting.set(taskId, [...(waiting.get(taskId) ?? []), { resolve, reject }]);
  });
}

function ask(): void {
  const all = [...waiting];
  waiting = new Map();
  for (let at = 0; at < all.length; at += MOST_TASKS) void answer(all.slice(at, at + MOST_TASKS));
}

async function answer(asked: readonly (readonly [string, readonly Waiting[]])[]): Promise<void> {
  try {
    const { items } = await got(
      api.POST('/v1/tasks/outcomes', { body: { ids: asked.map(([id]) => id), count: COUNT } }),
    );
    const found = new Map(items.map((each) => [each.taskId, each]));
    for (const [id, those] of asked) for (const { resolve } of those) resolve(found.get(id) ?? null);
  } catch (error) {
    for (const [, those] of asked) for (const { reject } of those) reject(error);
  }
}
