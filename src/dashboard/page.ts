/** How callers are known: by a token that they give the page, or by the host application, as it knows its own users. */
export type SignIn = 'token' | 'host';

/** Way from a page's address, such as `/dashboard/runs/1`, up to the dashboard's own, as a relative URL. */
export function wayUp(path: string, base: string): string {
  const rest = path.slice(base.length + 1);
  const depth = rest.split('/').length - 1;
  return depth === 0 ? './' : '../'.repeat(depth);
}

/**
 * The page as it is sent for an address. Its links are relative, so that they lead to the dashboard whatever path a proxy
 * or a host application has put before it.
 */
export const pageFor = (template: string, up: string, signIn: SignIn): string =>
  template
    .replaceAll('="./', `="${up}`)
    .replace('name="base" content=""', `name="base" content="${up}"`)
    .replace('name="sign-in" content=""', `name="sign-in" content="${signIn}"`);
