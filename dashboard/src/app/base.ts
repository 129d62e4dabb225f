const meta = (name: string): string => document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? '';

/** The path of the dashboard, without a slash at its end: the server tells the way up from the page's address. */
export const BASE = new URL(meta('base') || './', location.href).pathname.replace(/\/$/, '');

/** The address of the API, which is beside the dashboard. */
export const API = location.origin + BASE.replace(/\/[^/]*$/, '');

/** Whether the application around knows its users, so that nobody signs in here. */
export const isHostSignIn = meta('sign-in') === 'host';
