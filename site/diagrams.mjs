import { createHash } from 'node:crypto';

/** The name of the picture of a diagram: it changes with the diagram. */
export const pictureOf = (diagram) => `${createHash('sha256').update(diagram.trim()).digest('hex').slice(0, 16)}.svg`;
