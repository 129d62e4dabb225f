import * as fs from 'node:fs';
import type { HandlerContext } from '../../../src/integrations/handler/handler-registry.js';
import type { Run } from '../../../src/domain/run.js';
import type { MemoryData } from '../../../src/testing/memory/memory-data.js';
import type { SimulatedProcess } from './process.js';
import type { Call, Phase } from './store-path.js';
import { BEGIN, type Timeline } from './timeline.js';
import type { Work } from './work.js';

/** One invocation of an action. */
export interface Start {
  /** True time (epoch ms). */
  at: number;
  process: SimulatedProcess;
  runId: string;
  taskId: string;
  attempt: number;
  trigger: Run['trigger'];
  scheduledFor: number;
  /** The version of the definition under which it was started. */
  version: number;
  /** The event that started the run, as its attempt got it. */
  event: HandlerContext['event'];
  /** The owner of the run according to the store. */
  owner: string | null;
  signal: AbortSignal;
  isOver: boolean;
}

/** A request of a user to an instance. */
export interface Request {
  kind:
    | 'create'
    | 'change'
    | 'pause'
    | 'resume'
    | 'remove'
    | 'run'
    | 'raise'
    | 'cancel'
    | 'retry'
    | 'skip'
    | 'restore'
    | 'pause-queue'
    | 'resume-queue';
  /** The task that the request is about; for a raised event, the organization's. */
  taskId: string | null;
  at: number;
  /** Null while there is no answer, and when the request failed. */
  answer: { at: number; value: unknown } | null;
  /** For a change: the version of the definition that it sets. */
  version?: number;
  /** For a skip, and for taking it back: the nominal time of the occurrence. */
  occurrence?: number;
}

/** What an invariant is told about the world. */
export interface Observer {
  applied?(call: Call, result: unknown): void;
  started?(start: Start): void;
  requested?(request: Request): void;
  answered?(request: Request): void;
}

/** A violated guarantee. */
export interface Violation {
  invariant: string;
  what: string;
  at: number;
  /** Ids of the tasks and runs concerned. */
  about: string[];
}

/** Records what happens, for the invariants to judge and for people to read. */
export class Chronicle {
  readonly starts: Start[] = [];
  readonly requests: Request[] = [];
  readonly violations: Violation[] = [];
  readonly lines: string[] = [];
  /** A number that is the same for the same history. */
  digest = 0;
  /** Whether events are also recorded as lines, for people. */
  verbose = false;
  private readonly observers: Observer[] = [];

  constructor(
    private readonly timeline: Timeline,
    private readonly data: MemoryData,
  ) {}

  observe(observer: Observer): void {
    this.observers.push(observer);
  }

  violate(invariant: string, what: string, ...about: string[]): void {
    this.violations.push({ invariant, what, at: this.timeline.now, about });
    this.note('!', invariant, what);
  }

  start(process: SimulatedProcess, { run, event, parameters, signal }: HandlerContext): Start {
    const { id: runId, taskId, attempt, trigger } = run;
    const owner = this.data.runs.get(runId)?.owner ?? null;
    const { version } = parameters as unknown as Work;
    const scheduledFor = run.scheduledFor.getTime();
    const start: Start = {
      at: this.timeline.now,
      process,
      runId,
      taskId,
      attempt,
      trigger,
      scheduledFor,
      version,
      event,
      owner,
      signal,
      isOver: false,
    };
    this.note(process.name, 'STARTS', `run ${runId} attempt ${attempt} of task ${taskId} (version ${version})`);
    for (const observer of this.observers) observer.started?.(start);
    this.starts.push(start);
    return start;
  }

  request(request: Request): void {
    this.requests.push(request);
    this.note('user', `asks ${request.kind}`, request.taskId ?? '');
    for (const observer of this.observers) observer.requested?.(request);
  }

  answer(request: Request, value: unknown): void {
    request.answer = { at: this.timeline.now, value };
    this.note('user', `is answered ${request.kind}`, request.taskId ?? '');
    for (const observer of this.observers) observer.answered?.(request);
  }

  operation(call: Call, phase: Phase, result: unknown): void {
    const { process, port, method, parts } = call;
    for (const name of [process.name, phase, method]) this.digest = mixed(this.digest, hashOf(name));
    this.digest = mixed(this.digest, this.timeline.now);
    if (this.verbose) this.note(process.name, `${phase} ${port}.${method}`, textOf(parts, phase, result));
    if (phase === 'applied') for (const observer of this.observers) observer.applied?.(call, result);
  }

  note(who: string, did: string, what = ''): void {
    if (!this.verbose) return;
    const seconds = ((this.timeline.now - BEGIN) / 1000).toFixed(4).padStart(8);
    if (process.env['LIVE']) fs.writeSync(2, `${seconds} ${who} ${did} ${what}`.slice(0, 300) + '\n');
    this.lines.push(`${seconds} ${who} ${did} ${what}`);
  }
}

function textOf(parts: unknown, phase: Phase, result: unknown): string {
  const plain = (_: string, value: unknown) => (value instanceof Set || value instanceof Map ? [...value] : value);
  return JSON.stringify(phase === 'sent' ? parts : phase === 'applied' ? { parts, result } : '', plain);
}

const hashes = new Map<string, number>();

/** A number for a name. There are few names, in millions of operations. */
function hashOf(name: string): number {
  const known = hashes.get(name);
  if (known !== undefined) return known;
  let hash = 0;
  for (let index = 0; index < name.length; index++) hash = mixed(hash, name.charCodeAt(index));
  hashes.set(name, hash);
  return hash;
}

const mixed = (digest: number, more: number): number => Math.imul(digest ^ more, 0x01000193) >>> 0;
