import type { Json, JsonObject } from '../../domain/json.js';

/** What the engine is told of the run that starts a flow. */
export interface FlowStart {
  /** The same for every attempt, so that the engine can start the flow once. */
  runId: string;
  attempt: number;
  parameters: JsonObject;
}

/** Runs test flows. */
export abstract class ExecutionEngine {
  /** Starts the flow; resolves to what the engine says of it. Rejects with an `ActionError`. */
  abstract start(flowId: string, start: FlowStart, signal: AbortSignal): Promise<Json>;
}
