// Looks at the API with the eyes of others: `node .ci/api/check.mjs [lint] [clients] [fuzz]`, all of it without a word.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tokenFor, withService } from './service.mjs';
import { document, folder, installNodeTools, installPythonTools, nodeTool, pythonTool, run } from './tools.mjs';

const SECONDS = process.env.FUZZ_SECONDS ?? '180';
const NO_PYTHON = 'No Python 3.11 or newer with venv is here';
const generated = join(folder, 'generated');
const compiled = join(generated, 'compiled');

async function lint() {
  await nodeTool('redocly', ['lint', '--config', 'redocly.yaml', '--max-problems', '50', document], {
    REDOCLY_TELEMETRY: 'off',
    REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
  });
  await nodeTool('spectral', ['lint', '--ruleset', 'spectral.yaml', '--fail-severity', 'warn', document]);
}

async function clients(hasPython) {
  rmSync(generated, { recursive: true, force: true });
  await nodeTool('openapi-typescript', [
    document,
    '-o',
    join(generated, 'schema.d.ts'),
    '--default-non-nullable=false',
  ]);
  await nodeTool('openapi-ts', ['-i', document, '-o', join(generated, 'hey-api'), '-c', '@hey-api/client-fetch']);
  await nodeTool('tsc', ['-p', 'tsconfig.json']);
  // Its files import folders, which Node does in CommonJS alone.
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
      // One worker: Python 3.11 fails now and then to compile in two threads at once.
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

const PARTS = { lint, clients, fuzz };
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in PARTS));
if (unknown.length > 0) throw new Error(`There are lint, clients and fuzz, no ${unknown.join(', ')}.`);
const parts = asked.length > 0 ? asked : Object.keys(PARTS);

if (parts.some((part) => part !== 'fuzz')) await installNodeTools();
const hasPython = parts.some((part) => part !== 'lint') && (await installPythonTools());
for (const part of parts) await PARTS[part](hasPython);
