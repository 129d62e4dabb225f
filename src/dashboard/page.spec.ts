import { describe, expect, it } from '@jest/globals';
import { pageFor, wayUp } from './page.js';

describe('the way up', () => {
  it.each([
    ['/dashboard/', './'],
    ['/dashboard/tasks', './'],
    ['/dashboard/tasks/', '../'],
    ['/dashboard/tasks/1', '../'],
    ['/dashboard/runs/%2F', '../'],
    ['/dashboard//', '../'],
    ['/dashboard/a/b/c', '../../'],
  ])('from %s is %s', (path, up) => {
    expect(wayUp(path, '/dashboard')).toBe(up);
    // As a browser resolves it, whatever is before the path.
    expect(new URL(up, `http://host/jobs${path}`).pathname).toBe('/jobs/dashboard/');
  });
});

it('the page has its links and how to sign in', () => {
  const template = '<meta name="base" content=""><meta name="sign-in" content=""><script src="./assets/a.js">';
  expect(pageFor(template, '../', 'host')).toBe(
    '<meta name="base" content="../"><meta name="sign-in" content="host"><script src="../assets/a.js">',
  );
});
