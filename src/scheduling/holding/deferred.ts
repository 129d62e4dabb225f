/** A value that arrives later. Its promise is created only when somebody waits for it, which is rare. */
export class Deferred<Value> {
  private settled: { value: Value } | undefined;
  private waiting: { promise: Promise<Value>; resolve: (value: Value) => void } | undefined;

  /** Resolves with the value; the same promise each time. */
  get promise(): Promise<Value> {
    if (this.waiting) return this.waiting.promise;
    let resolve!: (value: Value) => void;
    const promise = new Promise<Value>((fulfil) => (resolve = fulfil));
    this.waiting = { promise, resolve };
    if (this.settled) resolve(this.settled.value);
    return promise;
  }

  /** Sets the value; only the first one counts. */
  resolve(value: Value): void {
    if (this.settled) return;
    this.settled = { value };
    this.waiting?.resolve(value);
  }
}
