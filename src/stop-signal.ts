/**
 * Hears SIGTERM and SIGINT from the first moment of the process on: in a container, process 1 is not ended by a signal
 * that it does not hear. Until something has begun that needs an orderly end, the process simply ends.
 */
export class StopSignal {
  private given = false;
  private stop: () => void = () => process.exit(0);

  constructor(signals: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT']) {
    for (const signal of signals) process.on(signal, () => this.give());
  }

  /** Whether the process is to end. */
  get isGiven(): boolean {
    return this.given;
  }

  /** Says what a signal does from now on, once; a signal that was given before does it at once. */
  onStop(stop: () => void): void {
    this.stop = stop;
    if (this.given) stop();
  }

  private give(): void {
    if (this.given) return;
    this.given = true;
    this.stop();
  }
}
