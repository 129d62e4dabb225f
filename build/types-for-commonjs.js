// Gives hosts in CommonJS the declarations that they can reach once more: under a package.json that says so, TypeScript
// lets them be required. With --prune, for packing, it removes those that no host can reach.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const target = join(root, 'dist-commonjs');

/** The types of the REST API take half a megabyte: of these there is one copy. */
const linked = new Set(['client/schema.d.ts']);
const linkTo = (path) =>
  `export type * from '../../dist/${path.replace('.d.ts', '.js')}' with { 'resolution-mode': 'import' };\n`;

const copied = new Set();
function copy(path) {
  if (copied.has(path)) return;
  copied.add(path);
  const text = linked.has(path) ? linkTo(path) : readFileSync(join(root, 'dist', path), 'utf8');
  mkdirSync(dirname(join(target, path)), { recursive: true });
  writeFileSync(join(target, path), text);
  for (const [, name] of text.matchAll(/(?:from|import\()\s*['"](\.[^'"]+)\.js['"]/g)) {
    copy(join(dirname(path), `${name}.d.ts`));
  }
}

rmSync(target, { recursive: true, force: true });
for (const { require: entry } of Object.values(exports)) {
  if (entry) copy(entry.types.replace('./dist-commonjs/', ''));
}
writeFileSync(join(target, 'package.json'), '{ "type": "commonjs" }\n');

if (process.argv.includes('--prune')) {
  const declarations = readdirSync(join(root, 'dist'), { recursive: true }).filter((path) => path.endsWith('.d.ts'));
  for (const path of declarations) if (!copied.has(path)) rmSync(join(root, 'dist', path));
  // The next build writes them again.
  rmSync(join(root, 'dist', '.tsbuildinfo'), { force: true });
}
