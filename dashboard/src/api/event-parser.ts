export interface StreamEvent {
  id: string;
  type: string;
  data: string;
}

/** Reads Server-Sent Events of parts that may be cut anywhere. */
export class EventParser {
  private rest = '';
  private event = { id: '', type: 'message', data: [] as string[] };

  /** The events that the part completes. */
  take(part: string): StreamEvent[] {
    // A line break may be cut in two.
    const text = this.rest + part;
    const end = text.endsWith('\r') ? text.length - 1 : text.length;
    const lines = text.slice(0, end).split(/\r\n|\n|\r/);
    this.rest = (lines.pop() ?? '') + text.slice(end);
    return lines.flatMap((line) => this.read(line));
  }

  private read(line: string): StreamEvent[] {
    if (line === '') return this.end();
    const at = line.indexOf(':');
    const [field, value] = at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1).replace(/^ /, '')];
    if (field === 'data') this.event.data.push(value);
    else if (field === 'event') this.event.type = value;
    else if (field === 'id') this.event.id = value;
    return [];
  }

  private end(): StreamEvent[] {
    const { id, type, data } = this.event;
    this.event = { id: '', type: 'message', data: [] };
    return data.length === 0 && type === 'message' ? [] : [{ id, type, data: data.join('\n') }];
  }
}
