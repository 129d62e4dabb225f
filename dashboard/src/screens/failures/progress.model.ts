import { api, got, Refusal, type Run } from '../../api/client.ts';
import { hasEnded } from '../../api/filters.ts';

const ended = new Map<string, Run['state']>();

/** The state of a run, which is asked for until it has ended. One that is gone counts as cancelled. */
export async function stateOf(id: string): Promise<Run['state']> {
  const known = ended.get(id);
  if (known !== undefined) return known;
  const state = await stateNow(id);
  if (hasEnded(state)) ended.set(id, state);
  return state;
}

async function stateNow(id: string): Promise<Run['state']> {
  try {
    return (await got(api.GET('/v1/runs/{id}', { params: { path: { id } } }))).state;
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return 'cancelled';
    throw error;
  }
}
