// `node .ci/packed/check.mjs`: installs the packed package as hosts do, in ECMAScript modules and CommonJS, on Nest 11 and 12, and tries it there:
// what it brings along, how it compiles, that it leaves nothing behind, the examples, and the service by npx.
// With --built it packs what is built.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../free-port.mjs';

const root = new URL('../..', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'packed-'));
const { peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The oldest compiler that each Nest's own starter asks for, so that no newer one hides what it would refuse. */
const HOSTS = [
  { nest: 12, type: 'module', typescript: '6', examples: { schedule: '12' } },
  { nest: 12, type: 'commonjs', typescript: '6' },
  { nest: 11, type: 'module', typescript: '5.7' },
  { nest: 11, type: 'commonjs', typescript: '5.7', examples: { schedule: '6' } },
];
const MOST_PACKAGES = 40;
const MOST_MB = 42;
/** How long a process may live on after its application is closed. */
const LONGEST_END_MS = 300;

const failures = [];
const say = (text) => console.log(text);
const must = (holds, sentence) => {
  if (!holds) failures.push(sentence);
  say(`${holds ? '  ok' : '  FAILED'}: ${sentence}`);
};

async function run(command, args, { cwd, env = {} } = {}) {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const parts = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => parts.push(part));
  const [code] = await once(child, 'close');
  return { ok: code === 0, text: Buffer.concat(parts).toString() };
}

async function demand(command, args, options) {
  const { ok, text } = await run(command, args, options);
  if (!ok) throw new Error(`${command} ${args.join(' ')} failed:\n${text}`);
  return text;
}

const npm = (cwd, ...args) => demand('npm', [...args, '--no-audit', '--no-fund', '--silent'], { cwd });

/** The packages below node_modules and their bytes. */
function installed(cwd) {
  let [packages, bytes] = [0, 0];
  const walk = (path) => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const inner = join(path, entry.name);
      if (entry.isDirectory()) walk(inner);
      else if (entry.isFile()) bytes += statSync(inner).size;
    }
  };
  const list = JSON.parse(readFileSync(join(cwd, 'node_modules/.package-lock.json'), 'utf8')).packages;
  packages = Object.keys(list).length;
  walk(join(cwd, 'node_modules'));
  return { packages, megabytes: bytes / 1e6 };
}

async function pack() {
  if (!process.argv.includes('--built')) {
    await demand('npm', ['run', '--silent', 'build'], { cwd: root });
    await demand('npm', ['run', '--silent', 'build:dashboard'], { cwd: root });
  }
  const [{ filename }] = JSON.parse(
    await demand('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], { cwd: root }),
  );
  return join(folder, filename);
}

/** A project with Nest, and then with the package as well. */
async function makeHost(tarball, { nest, type, typescript }) {
  const cwd = join(folder, `nest-${nest}-${type}`);
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'package.json'), JSON.stringify({ name: 'host', private: true, type }));
  await npm(cwd, 'install', `@nestjs/common@${nest}`, `@nestjs/core@${nest}`, 'reflect-metadata', 'rxjs');
  const before = installed(cwd);
  await npm(cwd, 'install', tarball);
  const after = installed(cwd);
  const packages = after.packages - before.packages;
  const megabytes = after.megabytes - before.megabytes;
  must(packages <= MOST_PACKAGES, `it brings ${packages} packages (at most ${MOST_PACKAGES})`);
  must(megabytes <= MOST_MB, `it brings ${megabytes.toFixed(1)} MB (at most ${MOST_MB})`);
  await npm(cwd, 'install', `@nestjs/testing@${nest}`, 'piscina', `typescript@${typescript}`, '@types/node@20');
  await npm(cwd, 'install', 'expect@30', 'fast-check@4', '@opentelemetry/api@1');
  return cwd;
}

/** Compiles and tests a copy of an example with the host's own settings. */
async function example(host, type, name) {
  const cwd = join(host, name);
  cpSync(join(root, 'examples', name), cwd, { recursive: true, filter: (path) => !/node_modules|\/dist$/.test(path) });
  const manifest = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8'));
  writeFileSync(join(cwd, 'package.json'), JSON.stringify({ ...manifest, type }));
  const compiled = await run(process.execPath, [join(host, 'node_modules/typescript/bin/tsc')], { cwd });
  must(compiled.ok, `examples/${name} compiles${compiled.ok ? '' : `:\n${compiled.text}`}`);
  if (!compiled.ok) return;
  const tested = await run('npm', ['test'], { cwd });
  must(tested.ok, `examples/${name} passes its test${tested.ok ? '' : `:\n${tested.text}`}`);
}

/** The application of a chapter of the documentation: its blocks that name a file, compiled and run. */
async function chapter(host, type, page) {
  const cwd = join(host, page.replace(/\W/g, '-'));
  mkdirSync(join(cwd, 'src'), { recursive: true });
  writeFileSync(join(cwd, 'package.json'), JSON.stringify({ name: 'chapter', private: true, type }));
  writeFileSync(
    join(cwd, 'tsconfig.json'),
    JSON.stringify({
      extends: '../tsconfig.json',
      compilerOptions: { rootDir: 'src', outDir: 'dist' },
      include: ['src'],
    }),
  );
  const text = readFileSync(join(root, page), 'utf8');
  const blocks = [...text.matchAll(/```ts\n(?:\/\/ (src\/\S+)\n)?([^]*?)```/g)];
  must(blocks.length > 0 && blocks.every(([, name]) => name), `each block of ${page} names its file`);
  // The store of a chapter is that of the example.
  cpSync(join(root, 'examples/custom-store/src/shelves'), join(cwd, 'src/shelves'), { recursive: true });
  for (const [, name, code] of blocks) writeFileSync(join(cwd, name ?? 'src/nameless.ts'), code);
  const compiled = await run(process.execPath, [join(host, 'node_modules/typescript/bin/tsc')], { cwd });
  must(compiled.ok, `${page} compiles${compiled.ok ? '' : `:\n${compiled.text}`}`);
  if (!compiled.ok) return;
  for (const [, name] of blocks.filter(([, each]) => each.endsWith('main.ts'))) {
    const program = name.replace('src/', 'dist/').replace('.ts', '.js');
    const ran = await run(process.execPath, [program], { cwd });
    must(ran.ok && ran.text.includes('succeeded'), `${page}: ${name} runs${ran.ok ? '' : `:\n${ran.text}`}`);
  }
  for (const [, name] of blocks.filter(([, each]) => each.endsWith('.test.ts'))) {
    const program = name.replace('src/', 'dist/').replace('.ts', '.js');
    const tested = await run(process.execPath, ['--test', program], { cwd });
    must(tested.ok, `${page}: ${name} passes${tested.ok ? '' : `:\n${tested.text}`}`);
  }
}

/** An application that uses the module alone, from its start to the end of its process. */
async function lifeOf(host, type) {
  const load =
    type === 'module'
      ? (name) => `await import(${JSON.stringify(name)})`
      : (name) => `require(${JSON.stringify(name)})`;
  const program = `
    ${type === 'module' ? "import 'reflect-metadata';" : "require('reflect-metadata');"}
    (async () => {
      const { Module } = ${load('@nestjs/common')};
      const { NestFactory } = ${load('@nestjs/core')};
      const { TaskRunnerModule, TaskScheduler } = ${load('scheduled-task-runner')};
      class Host {}
      Module({ imports: [TaskRunnerModule.forRoot({ storeUrl: 'file:./life/tasks.db' })] })(Host);
      const app = await NestFactory.createApplicationContext(Host, { logger: ['error'] });
      const scheduler = app.get(TaskScheduler);
      const task = await scheduler.schedule({ name: 'n', action: { type: 'noop' }, triggers: [{ type: 'manual' }] });
      let run = await scheduler.runNow(task.id);
      while (run.state !== 'succeeded') run = await scheduler.getRun(run.id);
      const ports = process.getActiveResourcesInfo().filter((name) => /server/i.test(name));
      await app.close();
      const closed = Date.now();
      process.on('exit', () => console.log(JSON.stringify({ ports, endMs: Date.now() - closed })));
    })();
  `;
  writeFileSync(join(host, 'life.js'), program);
  const { ok, text } = await run(process.execPath, ['--disable-warning=ExperimentalWarning', 'life.js'], { cwd: host });
  must(ok, `an application starts, runs a task and ends${ok ? '' : `:\n${text}`}`);
  if (!ok) return;
  const { ports, endMs } = JSON.parse(text.trim().split('\n').at(-1));
  must(ports.length === 0, 'it opens no port');
  must(endMs <= LONGEST_END_MS, `its process ends ${endMs} ms after app.close() (at most ${LONGEST_END_MS})`);
}

/** The command that imports tasks, with what a host has: from a crontab into a store, twice, and from sources. */
async function imports(host) {
  const cwd = join(host, 'imports');
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'crontab'), '30 2 * * * backup\n@reboot warm-up\n');
  writeFileSync(
    join(cwd, 'jobs.ts'),
    "import { Interval } from '@nestjs/schedule';\nexport class Jobs {\n  @Interval(60 * 1000) poll() {}\n}\n",
  );
  const bin = join(host, 'node_modules/scheduled-task-runner/dist/bin.js');
  const ask = async (...args) => {
    const { text } = await run(process.execPath, [bin, 'import', ...args, '--output', 'json'], { cwd });
    try {
      const { tasks, leftOut } = JSON.parse(text.slice(text.indexOf('{')));
      return `${tasks.map(({ outcome }) => outcome.state)}, ${leftOut.length} left out`;
    } catch {
      return text;
    }
  };
  const store = ['--store', 'file:./store/tasks.db'];
  const states = [await ask('crontab', 'crontab', ...store), await ask('crontab', 'crontab', ...store)];
  must(
    states.join('; ') === 'created, 1 left out; unchanged, 1 left out',
    `a crontab is imported once: ${states.join('; ')}`,
  );
  const found = await ask('nest', '.', '--dry-run');
  must(found === 'new, 0 left out', `decorators are found in sources: ${found}`);
}

/** The command line, against a service: help, a question, and a definition in a file, twice. */
async function commandLine(cwd, env) {
  const bin = join(cwd, 'node_modules/scheduled-task-runner/dist/bin.js');
  const ask = (...args) => run(process.execPath, [bin, ...args], { cwd, env });
  const help = await ask('--help');
  must(help.ok && help.text.includes('Usage: scheduled-task-runner'), 'its command line answers --help');
  const preview = await ask('preview', '--cron', '0 3 * * *', '--count', '1');
  must(
    preview.ok && preview.text.includes('T03:00:00.000Z'),
    `preview answers${preview.ok ? '' : `:\n${preview.text}`}`,
  );
  writeFileSync(
    join(cwd, 'tasks.yaml'),
    'tasks: { packed: { name: packed, triggers: [{ type: manual }], action: { type: noop } } }\n',
  );
  const sums = [];
  for (const times of ['once', 'twice'])
    sums.push(`${times}: ${(await ask('task', 'apply', 'tasks.yaml', '--yes')).text}`);
  must(
    sums[0].includes('1 to create') && sums[1].includes('1 the same'),
    `task apply creates once: ${sums.join('; ')}`,
  );
  const schema = JSON.parse(
    readFileSync(join(cwd, 'node_modules/scheduled-task-runner/dist/tasks.schema.json'), 'utf8'),
  );
  must(schema.properties?.tasks !== undefined, 'the JSON Schema of definitions is in the package');
}

/** Two tasks by the package's own client, found again page by page. */
const CLIENT = `
  import { createTaskRunnerClient, demand, everyItem } from 'scheduled-task-runner/client';
  const client = createTaskRunnerClient({ baseUrl: process.env.BASE_URL, token: process.env.TOKEN });
  const body = { name: 'n', triggers: [{ type: 'manual' }], action: { type: 'noop' } };
  const made = [];
  for (const name of ['a', 'b']) made.push((await demand(client.POST('/v1/tasks', { body: { ...body, name } }))).id);
  const page = (cursor) => client.GET('/v1/tasks', { params: { query: { limit: 1, ...(cursor && { cursor }) } } });
  for await (const { id } of everyItem(page)) made.splice(made.indexOf(id), 1);
  if (made.length > 0) throw new Error('not all were found');
`;

/** The service, by npx, from an installation of the package with everything that it can use. */
async function service(tarball) {
  say('The service, by npx');
  const cwd = join(folder, 'service');
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'package.json'), JSON.stringify({ name: 'empty', private: true }));
  const peers = Object.entries(peerDependencies).map(([name, range]) => `${name}@${range}`);
  await npm(cwd, 'install', tarball, ...peers);
  const port = await freePort();
  const child = spawn('npx', ['scheduled-task-runner'], {
    ...{ cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
    env: { ...process.env, PORT: String(port), HOST: '127.0.0.1', STORE_URL: `file:${join(cwd, 'tasks.db')}` },
  });
  const parts = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => parts.push(part));
  const ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  let hasFailed = false;
  void ended.then(() => (hasFailed = true));
  const answers = async (path) => {
    for (let tries = 0; tries < 300 && !hasFailed; tries++) {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => null);
      if (answer?.ok) return true;
      await sleep(100);
    }
    return false;
  };
  const isReady = await answers('/health/ready');
  must(isReady, `it becomes ready${isReady ? '' : `:\n${Buffer.concat(parts)}`}`);
  must(isReady && (await answers('/docs/swagger-ui.css')), 'Swagger UI has its files');
  const token = /eyJ[\w.-]+/.exec(Buffer.concat(parts).toString())?.[0];
  const asked = await run(process.execPath, ['--input-type=module', '--eval', CLIENT], {
    cwd,
    env: { BASE_URL: `http://127.0.0.1:${port}`, TOKEN: token },
  });
  must(asked.ok, `scheduled-task-runner/client works with it${asked.ok ? '' : `:\n${asked.text}`}`);
  await commandLine(cwd, { TASK_RUNNER_URL: `http://127.0.0.1:${port}`, TASK_RUNNER_TOKEN: token });
  process.kill(-Number(child.pid), 'SIGTERM');
  await ended;
  // The service itself may take a moment longer than npx.
  const isGone = async () => !(await fetch(`http://127.0.0.1:${port}/health/live`).catch(() => null));
  let isOver = await isGone();
  for (let tries = 0; tries < 100 && !isOver; tries++) {
    await sleep(100);
    isOver = await isGone();
  }
  must(isOver, 'it ends with SIGTERM');
}

try {
  const tarball = await pack();
  for (const host of HOSTS) {
    say(`Nest ${host.nest}, ${host.type}, TypeScript ${host.typescript}`);
    const cwd = await makeHost(tarball, host);
    cpSync(join(root, 'examples/tsconfig.json'), join(cwd, 'tsconfig.json'));
    await lifeOf(cwd, host.type);
    const names = readdirSync(join(root, 'examples'), { withFileTypes: true });
    await imports(cwd);
    if (host.examples) {
      await npm(cwd, 'install', `@nestjs/schedule@${host.examples.schedule}`, 'cron@4');
      for (const { name } of names.filter((entry) => entry.isDirectory())) await example(cwd, host.type, name);
    }
    for (const page of ['docs/module.md', 'docs/testing.md']) await chapter(cwd, host.type, page);
  }
  await service(tarball);
} catch (error) {
  must(false, error.message);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (failures.length > 0) console.error(`${failures.length} of these did not hold:\n${failures.join('\n')}`);
process.exitCode = failures.length > 0 ? 1 : 0;
