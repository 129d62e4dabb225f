import type { Json, JsonObject } from '../../domain/json.js';

/** Where the engine tells the end of a flow, and how it is doing; both want the token. */
export interface FlowCallback {
  completeUrl: string;
  heartbeatUrl: string;
  token: string;
}

/** What the engine learns about the run that starts a flow. */
export interface FlowStart {
  /** The same for every attempt: a flow of this run that is under way, or has succeeded, is not started again. */
  runId: string;
  /** A flow of an earlier attempt that has failed is started again. */
  attempt: number;
  parameters: JsonObject;
  /** Absent when the runner has no address that the engine could call. */
  callback?: FlowCallback;
}

/** How far a flow is. */
export type FlowProgress =
  | { state: 'running' }
  | { state: 'succeeded'; output: Json | null }
  | { state: 'failed' | 'cancelled'; output: Json | null; error: string | null };

/** An engine that runs test flows. All methods reject with an `ActionError`, or with the reason of the signal. */
export abstract class TestFlowService {
  /** Starts the flow of a run, or finds it started; resolves to how far it is. */
  abstract start(flowId: string, start: FlowStart, signal: AbortSignal): Promise<FlowProgress>;

  /** How far the flow of a run is; null when the engine knows none. */
  abstract follow(flowId: string, runId: string, signal: AbortSignal): Promise<FlowProgress | null>;

  /** Ends the flow of a run, if it is under way. */
  abstract cancel(flowId: string, runId: string, signal: AbortSignal): Promise<void>;
}
