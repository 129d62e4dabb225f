import { describe, expect, it } from '@jest/globals';
import { Admission } from './admission.js';
import { OverloadedError } from './errors.js';

describe('admission', () => {
  it('lets in so many in all, and fewer of one organization', () => {
    const admission = new Admission(3, 2, 'Too many.');
    for (const organization of ['a', 'a']) admission.enter(organization);
    expect(() => admission.enter('a')).toThrow(new OverloadedError('Too many.'));
    admission.enter('b');
    expect(() => admission.enter('b')).toThrow(OverloadedError);
    expect(admission.size).toBe(3);
  });

  it('has the place again of who leaves', () => {
    const admission = new Admission(3, 1, 'Too many.');
    for (let times = 0; times < 5; times++) {
      admission.enter('a');
      admission.leave('a');
    }
    expect(admission.size).toBe(0);
    admission.enter('a');
    expect(() => admission.enter('a')).toThrow(OverloadedError);
  });
});
