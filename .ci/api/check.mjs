// Checks the API with third-party tools: `node .ci/api/check.mjs [lint] [clients] [fuzz]`; without an argument, all
// three. `client` writes the types of the package's own client.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tokenFor, withService } from './service.mjs';
import { document, folder, installNodeTools, installPythonTools, nodeTool, pythonTool, run } from './tools.mjs';

const SECONDS = process.env.FUZZ_SECONDS ?? '180';
const NO_PYTHON = 'No Python 3.11 or newer with venv is here';
const generated = join(folder, 'generated');
const ownTypes = join(folder, '../../src/client/schema.ts');
const compiled = join(generated, 'compiled');

async function lint() {
  await nodeTool('redocly', ['lint', '--config', 'redocly.yaml', '--max-problems', '50', document], {
    REDOCLY_TELEMETRY: 'off',
    REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
  });
  await nodeTool('spectral', ['lint', '--ruleset', 'spectral.yaml', '--fail-severity', 'warn', document]);
}

const types = (file) => nodeTool('openapi-typescript', [document, '-o', file, '--default-non-nullable=false']);

/** Writes the types of the package's own client anew. */
const ownClient = () => types(ownTypes);

async function clients(hasPython) {
  rmSync(generated, { recursive: true, force: true });
  await types(join(generated, 'schema.d.ts'));
  if (readFileSync(join(generated, 'schema.d.ts'), 'utf8') !== readFileSync(ownTypes, 'utf8'))
    throw new Error('src/client/schema.ts is not that of openapi.json: run npm run client.');
  await nodeTool('openapi-ts', ['-i', document, '-o', join(generated, 'hey-api'), '-c', '@hey-api/client-fetch']);
  await nodeTool('tsc', ['-p', 'tsconfig.json']);
  // Its files import folders, which Node supports in CommonJS only.
  await nodeTool('tsc', ['-p', 'tsconfig.hey-api.json']);
  writeFileSync(join(compiled, 'commonjs', 'package.json'), '{"type": "commonjs"}');
  if (hasPython) {
    const args = [
      'generate',
      '--path',
      document,
      '--meta',
      'none',
      '--fail-on-warning',
      '--config',
      'python-client.yaml',
    ];
    await pythonTool('openapi-python-client', [...args, '--output-path', join(generated, 'python_client')]);
  } else console.log(`${NO_PYTHON}: the client in Python is NOT CHECKED.`);
  await withService(async (url) => {
    const env = (organization) => ({ API_URL: url, API_TOKEN: tokenFor(organization) });
    for (const client of ['clients/openapi-fetch', 'commonjs/clients/hey-api']) {
      await run('node', [join(compiled, `${client}.js`)], env(client.split('/').at(-1)));
    }
    if (hasPython)
      await pythonTool('python', ['clients/python_client_use.py'], { ...env('python'), PYTHONPATH: generated });
  });
}

async function fuzz(hasPython) {
  if (!hasPython) return console.log(`${NO_PYTHON}: Schemathesis is NOT RUN.`);
  await withService((url) =>
    pythonTool('schemathesis', [
      // One worker: Python 3.11 sometimes fails when two threads compile at the same time.
      ...['--config-file', 'schemathesis.toml', 'run', `${url}/docs-json`, '--max-time', SECONDS, '--workers', '1'],
      ...['--seed', process.env.SEED ?? '1'],
      ...[
        '--header',
        `Authorization: Bearer ${tokenFor('fuzz')}`,
        '--continue-on-failure',
        '--generation-database',
        'none',
      ],
    ]),
  );
}

const CHECKS = ['lint', 'clients', 'fuzz'];
const PARTS = { lint, clients, fuzz, client: ownClient };
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in PARTS));
if (unknown.length > 0) throw new Error(`There are lint, clients, fuzz and client, no ${unknown.join(', ')}.`);
const parts = asked.length > 0 ? asked : CHECKS;

if (parts.some((part) => part !== 'fuzz')) await installNodeTools();
const hasPython = parts.some((part) => part === 'clients' || part === 'fuzz') && (await installPythonTools());
for (const part of parts) await PARTS[part](hasPython);
