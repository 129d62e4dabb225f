import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StreamableFile } from '@nestjs/common';
import { Admission } from '../../domain/admission.js';

/** How many are sent at once, of all organizations and of one, and what whoever asks for more is told. */
interface Limits {
  most: number;
  mostOwn: number;
  tooMany: string;
}

/** Sends long texts part by part as they are made. */
export class TextStreams {
  private readonly open = new Set<PassThrough>();
  private readonly admission: Admission;

  constructor(
    { most, mostOwn, tooMany }: Limits,
    private readonly onBroken: (error: unknown) => void,
  ) {
    this.admission = new Admission(most, mostOwn, tooMany);
  }

  /** @throws OverloadedError */
  send(organization: string, parts: AsyncIterable<string>, options: StreamableFile['options']): StreamableFile {
    this.admission.enter(organization);
    const stream = new PassThrough();
    this.open.add(stream);
    pipeline(parts, stream)
      .catch(this.onBroken)
      .finally(() => {
        this.open.delete(stream);
        this.admission.leave(organization);
      });
    return new StreamableFile(stream, options);
  }

  /** Breaks off every text; its client notices the break. */
  breakOff(): void {
    for (const stream of this.open) stream.destroy();
  }
}
