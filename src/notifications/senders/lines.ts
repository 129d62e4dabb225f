import type { NotificationDelivery } from '../deliveries/delivery.js';

type Content = Pick<NotificationDelivery, 'alerts' | 'more' | 'heldBack'>;

/** How many characters one alert may take in a message. */
const LONGEST_LINE = 700;

/** The start of a text, in at most `most` characters; none is split. */
export function cut(text: string, most: number): string {
  const characters = Array.from(text);
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}

/** One alert as a line of text, with what is known of the error. */
export const lineOf = ({ text, error }: NotificationDelivery['alerts'][number]): string =>
  cut(error && error.message !== '' ? `${text} ${error.message}` : text, LONGEST_LINE).replaceAll(/[\r\n\t]+/g, ' ');

/** What is told first where messages were held back. */
const introduction = ({ heldBack }: Content): string[] =>
  heldBack > 0 ? [`There were too many notifications within an hour; these ${heldBack} were held back.`] : [];

/**
 * The lines of a message that has room for `most` UTF-16 units, each as `escape` writes it; the last one counts those that
 * have no room.
 */
export function linesOf(delivery: Content, most: number, escape: (text: string) => string = (text) => text): string[] {
  const lines: string[] = [];
  const all = [...introduction(delivery), ...delivery.alerts.map(lineOf)];
  // Room for the line that counts the others.
  let room = most - 40;
  for (const line of all) {
    const escaped = escape(line);
    room -= escaped.length + 1;
    if (room < 0) break;
    lines.push(escaped);
  }
  const more = all.length - lines.length + delivery.more;
  return more > 0 ? [...lines, `… and ${more} more.`] : lines;
}

/** A headline: the only alert, or how many there are. */
export function headline({ alerts, more }: Content): string {
  const count = alerts.length + more;
  return count === 1 && alerts[0] ? cut(lineOf({ ...alerts[0], error: null }), 150) : `${count} notifications`;
}
