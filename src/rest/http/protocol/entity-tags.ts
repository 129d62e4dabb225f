/** A strong entity tag that consists of a version (RFC 9110, 8.8.3). */
export const toEtag = (version: string): string => `"${version}"`;

/** An entity tag in a request. */
export interface EntityTag {
  isWeak: boolean;
  text: string;
}

/** One tag of a list; it ends at a comma or at the end. */
const TAG = /[ \t]*(?:(W\/)?"([\x21\x23-\x7e\x80-\xff]*)")?[ \t]*(?:,|$)/y;

/**
 * The tags of `If-Match` or `If-None-Match`; null when the header is not such a list. A list may have empty members.
 */
export function tagsOf(header: string): EntityTag[] | null {
  const tags: EntityTag[] = [];
  const next = new RegExp(TAG);
  while (next.lastIndex < header.length) {
    const match = next.exec(header);
    if (!match) return null;
    if (match[2] !== undefined) tags.push({ isWeak: match[1] !== undefined, text: match[2] });
  }
  return tags.length > 0 ? tags : null;
}
