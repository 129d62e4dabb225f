import { StopSignal } from './stop-signal.js';

const [command, ...rest] = process.argv.slice(2);
if (command === 'config') {
  const { configCommand } = await import('./config-command.js');
  process.exitCode = configCommand(rest, process);
} else {
  await service();
}

async function service(): Promise<void> {
  // Before everything else is loaded, which takes a second in which the process may be told to end.
  const signal = new StopSignal();
  const { serve } = await import('./serve.js');
  await serve(signal);
}
