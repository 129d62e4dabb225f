import { parseArgs } from 'node:util';
import { UsageError } from './usage.js';

const OPTIONS = {
  'dry-run': { type: 'boolean' },
  update: { type: 'boolean' },
  output: { type: 'string' },
  url: { type: 'string' },
  'token-file': { type: 'string' },
  store: { type: 'string' },
  organization: { type: 'string' },
  scope: { type: 'string' },
  handler: { type: 'string' },
  'time-zone': { type: 'string' },
  system: { type: 'boolean' },
  redis: { type: 'string' },
  prefix: { type: 'string' },
  queue: { type: 'string', multiple: true },
  mongodb: { type: 'string' },
  collection: { type: 'string' },
  help: { type: 'boolean' },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

/** The words after `import`, understood. */
export interface Call {
  source: string;
  /** What to read: files, or whatever the source reads. */
  inputs: string[];
  values: Values;
}

/** @throws UsageError */
export function callOf(args: readonly string[]): Call {
  const { values, positionals } = parsed(args);
  const [source = '', ...inputs] = positionals;
  if (values.output !== undefined && values.output !== 'table' && values.output !== 'json') {
    throw new UsageError('--output must be table or json.');
  }
  if (values.url !== undefined && values.store !== undefined) {
    throw new UsageError('There must be --url or --store, not both.');
  }
  if (values.url === undefined && values.store === undefined && !values['dry-run'] && !values.help) {
    throw new UsageError('Where to import into is missing: --url or --store; or --dry-run.');
  }
  return { source, inputs, values };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
