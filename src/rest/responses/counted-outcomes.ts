import { toIso } from '../../domain/instants.js';
import type { Json, JsonObject } from '../../domain/json.js';
import { groupsBy } from '../../domain/groups.js';

/** What an entry of the trail tells of each run that ended. */
interface Outcome {
  state: string;
  scheduledFor: number;
}

/** The outcomes of an entry in a few words, however many they are; the export has each of them. */
export function countedOutcomes(after: Json): Json {
  const { runs, ...told } = after as JsonObject & { runs: (JsonObject & Outcome)[] };
  const states = [...groupsBy(runs, ({ state }) => state)].map(([state, ofState]) => [state, ofState.length] as const);
  const instants = runs.map(({ scheduledFor }) => scheduledFor);
  const [from, to] = [Math.min(...instants), Math.max(...instants) + 1].map(toIso);
  return { ...told, states: Object.fromEntries(states), runs: `/v1/runs?from=${from}&to=${to}` };
}
