import type { mongo } from 'mongoose';
import { MOST_READ_BYTES } from '../../scheduling/ports/task-pages.js';
import { again } from './mongo-errors.js';

/** The first documents of a cursor, as many as fit into one read, and whether there are more. */
export async function fitting<Doc>(
  cursor: mongo.FindCursor<Doc>,
  sizeOf: (document: Doc) => number,
  most = MOST_READ_BYTES,
): Promise<{ documents: Doc[]; isCut: boolean }> {
  try {
    return await again(() => {
      cursor.rewind();
      return firstOf(cursor, sizeOf, most);
    });
  } finally {
    await cursor.close();
  }
}

async function firstOf<Doc>(cursor: mongo.FindCursor<Doc>, sizeOf: (document: Doc) => number, most: number) {
  const documents: Doc[] = [];
  for (let bytes = 0; await cursor.hasNext();) {
    for (const document of cursor.readBufferedDocuments()) {
      if (bytes >= most) return { documents, isCut: true };
      bytes += sizeOf(document);
      documents.push(document);
    }
  }
  return { documents, isCut: false };
}
