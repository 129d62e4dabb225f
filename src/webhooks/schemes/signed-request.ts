/** A request as it came in, before anything of it is believed. */
export class SignedRequest {
  private readonly headers = new Map<string, string[]>();

  /** `rawHeaders` are names and values in turns, as they were sent. */
  constructor(
    readonly body: Buffer,
    rawHeaders: readonly string[],
  ) {
    for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
      const name = rawHeaders[at]!.toLowerCase();
      this.headers.set(name, [...(this.headers.get(name) ?? []), rawHeaders[at + 1]!]);
    }
  }

  static of(body: Buffer, headers: Readonly<Record<string, string>>): SignedRequest {
    return new SignedRequest(body, Object.entries(headers).flat());
  }

  /** The value of a header that is there once: of two, nobody knows which one counts. */
  only(name: string): string | undefined {
    const values = this.headers.get(name);
    return values?.length === 1 ? values[0] : undefined;
  }

  has(name: string): boolean {
    return this.headers.has(name);
  }
}
