import { writeFile } from 'node:fs/promises';
import { offlineDocument } from './rest/openapi/offline-document.js';

/** Writes the OpenAPI document to the file named on the command line. */
async function writeDocument(path: string | undefined): Promise<void> {
  if (path === undefined) throw new Error('Name the file to write: node dist/openapi.js <file>.');
  await writeFile(path, `${JSON.stringify(await offlineDocument(), null, 2)}\n`);
}

writeDocument(process.argv[2]).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
