/** A row of a table, by column heading, without code marks. */
export type Row = Partial<Record<string, string>>;

/** The tables in some chapters (second-level headings) of a Markdown text, each as a list of rows. */
export function tablesOf(markdown: string, chapters: readonly string[]): Row[][] {
  const wanted = markdown.split(/^## /m).filter((chapter) => chapters.includes(chapter.split('\n')[0]!.trim()));
  return wanted.flatMap((chapter) => chapter.match(/(^\|.*\n)+/gm) ?? []).map(rowsOf);
}

function rowsOf(table: string): Row[] {
  const [heads = [], , ...rows] = table.trim().split('\n').map(cellsOf);
  return rows.map((cells) => Object.fromEntries(heads.map((head, index) => [head, cells[index]])));
}

const cellsOf = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('`', ''));
