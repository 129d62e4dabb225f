/** `1.2.3.4:5678`, `[2001:db8::1]:5678` or `[2001:db8::1]`. */
const WITH_PORT = /^(?:(\d{1,3}(?:\.\d{1,3}){3})|\[([0-9a-f:.]+)(?:%[^\]]*)?\])(?::\d{1,5})?$/i;

/** The address without the port that some proxies add; other texts stay unchanged. */
export function plainAddress(entry: string): string {
  const text = entry.trim();
  const [, four, six] = WITH_PORT.exec(text) ?? [];
  return four ?? six ?? text;
}
