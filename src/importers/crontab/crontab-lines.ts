/** A line of a crontab that is no comment and not empty. */
export type CrontabLine =
  | { number: number; text: string; kind: 'variable'; name: string; value: string }
  | { number: number; text: string; kind: 'entry'; comment: string | null };

const VARIABLE = /^\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z_]\w*))\s*=\s*(.*?)\s*$/;

/** The lines of a crontab. A comment right above an entry belongs to it, unless it is an entry that was put out of use. */
export function* crontabLines(text: string): Generator<CrontabLine> {
  let comment: string | null = null;
  let number = 0;
  for (const raw of text.split('\n')) {
    number++;
    const line = raw.replace(/\r$/, '');
    const said = /^\s*#+\s*(.*?)\s*#*\s*$/.exec(line)?.[1];
    if (said !== undefined) {
      comment = said === '' || looksLikeEntry(said) ? comment : said;
      continue;
    }
    if (line.trim() === '') {
      comment = null;
      continue;
    }
    const variable = VARIABLE.exec(line);
    if (variable) {
      const [, doubly, singly, bare, value] = variable;
      yield { number, text: line.trim(), kind: 'variable', name: (doubly ?? singly ?? bare)!, value: unquoted(value!) };
    } else {
      yield { number, text: line.trim(), kind: 'entry', comment };
    }
    comment = null;
  }
}

const unquoted = (value: string): string => /^(["'])(.*)\1$/.exec(value)?.[2] ?? value;

/** Such as `0 5 * * * backup`, `@daily backup`, and the line of names of the fields that some files begin with. */
const looksLikeEntry = (text: string): boolean =>
  /^(?:[\d*][\d*,/~-]*\s+){2}/.test(text) || /^@[a-z]+\s/i.test(text) || /^m\s+h\s+dom\s+mon\s+dow\b/i.test(text);
