import type { Json } from '../../domain/json.js';
import { jsonSize } from '../../domain/json-size.js';
import { ActionError } from '../action.js';

/** Counts the bytes of filled-in templates, and stops at the limit. */
export class RenderedSize {
  private bytes = 0;
  /** Sizes of values that are filled in repeatedly. */
  private readonly sizes = new Map<object, number>();

  /** `code` and `what` name the thing that is too large, such as `request-too-large` and `request`. */
  constructor(
    private readonly limit: number,
    private readonly code: string,
    private readonly what: string,
  ) {}

  /** The bytes so far. */
  get total(): number {
    return this.bytes;
  }

  /** Counts a text and returns it. Throws an `ActionError` beyond the limit. */
  add(text: string): string {
    this.count(Buffer.byteLength(text));
    return text;
  }

  /** Refuses a complete text that escapes have made too large. */
  demand(text: string): string {
    if (Buffer.byteLength(text) > this.limit) throw this.tooLarge();
    return text;
  }

  /** Counts a value by its JSON size and returns it. Throws an `ActionError` beyond the limit. */
  addValue(value: Json): Json {
    this.count(this.sizeOf(value));
    return value;
  }

  /** Counts an object or a list without its contents, but with the names of its members. */
  addFrame(holder: object): void {
    const names = Array.isArray(holder) ? [] : Object.keys(holder);
    this.count(2 + names.reduce((sum, name) => sum + Buffer.byteLength(name) + 4, 0));
  }

  /** Throws an `ActionError` when the value would no longer fit. */
  demandRoomFor(value: Json): void {
    if (this.bytes + this.sizeOf(value) > this.limit) throw this.tooLarge();
  }

  private sizeOf(value: Json): number {
    if (typeof value !== 'object' || value === null) return jsonSize(value);
    let size = this.sizes.get(value);
    if (size === undefined) this.sizes.set(value, (size = jsonSize(value)));
    return size;
  }

  private count(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes > this.limit) throw this.tooLarge();
  }

  private tooLarge(): ActionError {
    const message = `The ${this.what} would be larger than ${this.limit} bytes with its templates filled in.`;
    return new ActionError(this.code, message, { retryable: false });
  }
}
