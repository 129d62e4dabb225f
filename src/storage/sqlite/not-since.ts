/** The condition for rows whose value is no number: SQLite sorts a text behind each. */
export const noNumber = (column: string): string => `${column} >= ''`;

/**
 * The condition for rows whose `column` lies before a bound, or is no number. A row that a broken date hides from `<`
 * would stay for ever.
 */
export const notSince = (column: string): string => `(${column} < ? OR ${noNumber(column)})`;
