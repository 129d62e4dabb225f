import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { root } from './packed.js';

interface Manifest {
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
}
const read = (name: string) => JSON.parse(readFileSync(join(root, name), 'utf8')) as Manifest;

/** What only host applications may need. */
const FOR_HOSTS = [
  '@nestjs/testing',
  'class-transformer',
  'class-validator',
  'cron',
  'fast-check',
  'piscina',
  'typescript',
];

it('names what the service needs as peers, and nothing twice', () => {
  const { dependencies, peerDependencies } = read('package.json');
  const service = read('service/package.json').dependencies;
  expect([...Object.keys(service), ...FOR_HOSTS].toSorted()).toEqual(Object.keys(peerDependencies).toSorted());
  expect(Object.keys(service).filter((name) => name in dependencies)).toEqual([]);
});
