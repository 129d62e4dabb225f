import { describe, expect, it } from '@jest/globals';
import { createPino, PinoLogger } from '../../src/observability/logger.js';

describe('log injection', () => {
  it.each(['a\n{"level":60,"msg":"forged"}', 'a\r\nforged', '\u001b[2Jcleared', 'a\u2028b'])(
    '%j stays within one line of JSON',
    (name) => {
      const written: string[] = [];
      const logger = new PinoLogger(createPino('info', { write: (text: string) => void written.push(text) }));
      logger.warn(`The task ${name} failed.`, 'Tasks');
      logger.error(new Error(name));
      expect(written).toHaveLength(2);
      for (const line of written) {
        expect(line.trimEnd()).not.toMatch(/[\n\r\u001b]/);
        expect(JSON.stringify(JSON.parse(line))).toContain(JSON.stringify(name).slice(1, -1));
      }
    },
  );

  it('masks members that hold secrets', () => {
    const written: string[] = [];
    const logger = new PinoLogger(createPino('info', { write: (text: string) => void written.push(text) }));
    logger.log({ headers: { authorization: 'Bearer hunter2' }, secrets: { a: 'hunter2' }, token: 'hunter2' });
    expect(written.join('')).not.toContain('hunter2');
  });
});
