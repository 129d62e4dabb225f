/** A page that nobody sees gives its connection back: browsers have few for one service. */
const HIDDEN_MS = 10_000;

let isHidden = false;

/** Whether nobody has seen the page for a while. */
export const isUnseen = (): boolean => isHidden;

/** Calls the listener when the page comes into sight, or has been out of it for a while. */
export function onSight(listener: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const setHidden = (is: boolean): void => {
    isHidden = is;
    listener();
  };
  const change = (): void => {
    clearTimeout(timer);
    if (document.hidden) timer = setTimeout(() => setHidden(true), HIDDEN_MS);
    else setHidden(false);
  };
  document.addEventListener('visibilitychange', change);
  // Nothing changes where a tab is opened in the background, and stays there.
  change();
  return () => {
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', change);
  };
}
