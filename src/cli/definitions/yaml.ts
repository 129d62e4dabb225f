import { codeOf } from '../../domain/thrown.js';
import { FailedError } from '../terminal/exit.js';
import { escaped } from '../terminal/printable.js';

const MOST_ALIASES = 100;

/** Loads the package for YAML, which not everybody has. */
async function yaml(): Promise<typeof import('yaml')> {
  try {
    return await import('yaml');
  } catch (error) {
    if (codeOf(error) !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new FailedError('The package yaml is missing here; install it beside this one, or use JSON.');
  }
}

/** The documents of a YAML text. @throws an error that says what is wrong where */
export async function documentsIn(text: string): Promise<unknown[]> {
  const { parseAllDocuments } = await yaml();
  return [...parseAllDocuments(text, { logLevel: 'silent', uniqueKeys: true })].map((document) => {
    const [error] = document.errors;
    if (error) throw error;
    return document.toJS({ maxAliasCount: MOST_ALIASES }) as unknown;
  });
}

/** A value in YAML. What a terminal would obey is written as what it is. */
export async function yamlOf(value: unknown): Promise<string> {
  const { Document, visit } = await yaml();
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, node) {
      // Only within such quotes can a character be named.
      if (typeof node.value === 'string' && escaped(node.value) !== node.value) node.type = 'QUOTE_DOUBLE';
    },
  });
  return escaped(document.toString({ lineWidth: 0 }));
}
