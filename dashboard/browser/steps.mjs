// Steps that journeys share.

export const heading = (page, name) => page.getByRole('heading', { level: 1, name });
export const seen = (locator) => locator.first().waitFor();

export async function signInByToken(page, service, token = service.token) {
  await page.goto(`${service.url}/dashboard/`);
  await page.getByLabel('Token or API key').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await seen(heading(page, 'Overview'));
}
