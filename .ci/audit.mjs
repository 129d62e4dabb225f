// Fails when a dependency of the service has a known vulnerability of severity high or critical. When the registry
// cannot answer, it says so.
import { spawnSync } from 'node:child_process';

const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8', timeout: 120_000 });

function report(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

const counts = report(stdout).metadata?.vulnerabilities;
if (!counts) {
  console.log('The registry does not answer which packages have known vulnerabilities: NOT CHECKED.');
} else {
  console.log(`Known vulnerabilities: ${JSON.stringify(counts)}`);
  if (counts.high + counts.critical > 0) process.exit(1);
}
