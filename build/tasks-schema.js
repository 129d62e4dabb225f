// Writes the JSON Schema of files with definitions of tasks, for editors, beside the built program.
import { writeFileSync } from 'node:fs';
import { fileJsonSchema } from '../dist/cli/definitions/file-schema.js';

writeFileSync(new URL('../dist/tasks.schema.json', import.meta.url), `${JSON.stringify(fileJsonSchema(), null, 2)}\n`);
