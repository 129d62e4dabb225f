/** The member that a record has of its own; what every object inherits, such as `toString`, is nobody's setting. */
export const ownMember = <Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;
