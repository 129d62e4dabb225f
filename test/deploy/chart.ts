import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments, stringify } from 'yaml';
import { at, type Tree } from './tree.js';

export const root = resolve(import.meta.dirname, '../..');
export const chart = join(root, 'deploy/helm');

/** A program that renders a chart to standard output; undefined if this machine has none. */
export const renderer = [process.env['HELM_TEMPLATE'], join(root, '../shared/helm/template')].find(
  (path): path is string => path !== undefined && path !== '' && existsSync(path),
);

const run = promisify(execFile);

/** The objects that the chart renders from `values`. Rejects with the renderer's message when it refuses them. */
export async function render(values: Tree): Promise<Tree[]> {
  const folder = await mkdtemp(join(tmpdir(), 'chart-'));
  try {
    const file = join(folder, 'values.yaml');
    await writeFile(file, stringify(values));
    const { stdout } = await run(renderer ?? '', ['-f', file, '-name', 'demo', chart]);
    return parseAllDocuments(stdout).map((document) => document.toJS() as Tree);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The one object of this kind. Throws when there is none. */
export function kind(objects: Tree[], name: string): Tree {
  const found = objects.find((object) => object['kind'] === name);
  if (!found) throw new Error(`The chart made no ${name}.`);
  return found;
}

/** The pod template of the deployment. */
export const podOf = (objects: Tree[]): Tree => at(kind(objects, 'Deployment'), 'spec.template') as Tree;
