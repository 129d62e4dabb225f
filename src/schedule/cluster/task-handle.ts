/** Longer than any process lives without a start. */
const NEVER_MS = 2 ** 31 - 1;

/**
 * What the registry keeps for an interval or a timeout that the runner works. Hosts hand it to `clearInterval`, as it is a
 * timer of the runtime; it never fires, holds no process, and can be asked whether it was cleared.
 */
export class TaskHandle {
  readonly timer = setInterval(() => undefined, NEVER_MS).unref();

  get isCleared(): boolean {
    return (this.timer as { _destroyed?: boolean })._destroyed === true;
  }
}
