/**
 * Tries many seeds of the simulation in several processes, all of them even if some fail, and reports the failures.
 *
 *   npm run simulate                     1,000 seeds from 1 on, in as many processes as there are cores
 *   npm run simulate -- --seeds 10000 --from 1001 --processes 1
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** How many seeds one process tries before it reports. */
const AT_ONCE = 100;
const JEST = fileURLToPath(new URL('../../node_modules/jest/bin/jest.js', import.meta.url));
const ARGUMENTS = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', JEST, '-w', '1'];
const TEST = ['test/simulation/simulation.spec.ts', '-t', 'keeps every guarantee'];

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    processes: { type: 'string', default: String(availableParallelism()) },
  },
});
const end = Number(values.from) + Number(values.seeds);
let next = Number(values.from);
let failed = 0;

async function tryNext() {
  while (next < end) {
    const from = next;
    const seeds = Math.min(AT_ONCE, end - from);
    next += seeds;
    const env = { ...process.env, FROM: String(from), SEEDS: String(seeds) };
    const child = spawn(process.execPath, [...ARGUMENTS, ...TEST], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    const told = [];
    child.stderr.on('data', (part) => told.push(part));
    const [code] = await once(child, 'close');
    console.log(`Seeds ${from} to ${from + seeds - 1}: ${code === 0 ? 'every guarantee was kept' : 'FAILED'}.`);
    if (code === 0) continue;
    failed++;
    console.log(Buffer.concat(told).toString());
  }
}

await Promise.all(Array.from({ length: Number(values.processes) }, tryNext));
console.log(failed === 0 ? 'Every seed kept every guarantee.' : `Something failed in ${failed} stretches of seeds.`);
process.exit(failed === 0 ? 0 : 1);
