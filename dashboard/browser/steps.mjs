// Steps that journeys share.
import { setTimeout as wait } from 'node:timers/promises';

export const heading = (page, name) => page.getByRole('heading', { level: 1, name });
export const seen = (locator) => locator.first().waitFor();

/** Waits until a run has a state. */
export async function reached(service, id, state) {
  while ((await service.call(`GET /v1/runs/${id}`)).state !== state) await wait(50);
}

export async function signInByToken(page, service, token = service.token) {
  await page.goto(`${service.url}/dashboard/`);
  await page.getByLabel('Token or API key').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await seen(heading(page, 'Overview'));
}
