/** Characters that change how others look, or have no look: control, bidirectional, zero width, tags. */
const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

const codeOf = (character: string): string =>
  `‹${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}›`;

/** The text with its hidden characters made visible. */
export const visible = (text: string): string => text.replace(HIDDEN, codeOf);

/** The beginning of a text, whole characters only, and how much of it was left out. */
export function clip(text: string, most: number): { text: string; left: number } {
  if (text.length <= most) return { text, left: 0 };
  const at = isSurrogate(text.charCodeAt(most - 1)) ? most - 1 : most;
  return { text: text.slice(0, at), left: text.length - at };
}

const isSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdbff;
