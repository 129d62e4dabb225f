import { describe, expect, it } from '@jest/globals';
import { actionSchema } from '../domain/action.js';
import { actionFaults } from './action-faults.js';

const pointersOf = (action: object): Array<string | undefined> =>
  actionFaults(actionSchema.parse(action)).map(({ pointer }) => pointer);
const http = (fields: object) => ({ type: 'http', url: 'https://a.example/', ...fields });

describe('actionFaults', () => {
  it('finds nothing wrong with sound actions', () => {
    const headers = { authorization: 'Bearer {{secrets.token}}', 'Idempotency-Key': '{{run.id}}' };
    expect(
      pointersOf(http({ url: 'https://a.example/{{parameters.x}}', headers, body: { a: ['{{event.data}}'] } })),
    ).toEqual([]);
    expect(pointersOf({ type: 'noop' })).toEqual([]);
    expect(pointersOf({ type: 'handler', name: 'h' })).toEqual([]);
    expect(pointersOf({ type: 'test-flow', flowId: 'a/b' })).toEqual([]);
    expect(pointersOf({ type: 'event', event: 'e', data: { run: '{{run.id}}' } })).toEqual([]);
  });

  it('points to each fault', () => {
    const body = { 'a/b~c': ['fine', { x: '{{nothing.y}}' }], ok: 1 };
    const headers = { accept: '{{run.id', 'X-A': 'a\r\nb', 'x-b~1': '{{secrets}}' };
    expect(pointersOf(http({ url: 'https://{{parameters.h}}/', headers, body }))).toEqual([
      '/url',
      '/headers/accept',
      '/headers/X-A',
      '/headers/x-b~01',
      '/body/a~1b~0c/1/x',
    ]);
  });

  it.each(['Host', 'content-length', 'Transfer-Encoding', 'connection', 'upgrade'])(
    'keeps the header %s to itself',
    (name) => {
      expect(pointersOf(http({ headers: { [name]: 'x' } }))).toEqual([`/headers/${name}`]);
    },
  );

  it('refuses a header that is given twice and a body that is never sent', () => {
    expect(pointersOf(http({ headers: { 'x-a': '1', 'X-A': '2' } }))).toEqual(['/headers/X-A']);
    expect(pointersOf(http({ method: 'GET', body: {} }))).toEqual(['/body']);
  });

  it('lets nothing confidential into an event', () => {
    const data = { a: '{{secrets.token}}', b: ['{{run.callbackToken}}'], c: '{{run}}', d: '{{run.id}}' };
    expect(pointersOf({ type: 'event', event: 'e', data })).toEqual(['/data/a', '/data/b/0', '/data/c']);
  });

  it.each(['.', '..'])('refuses the flow %s', (flowId) => {
    expect(pointersOf({ type: 'test-flow', flowId })).toEqual(['/flowId']);
  });
});
