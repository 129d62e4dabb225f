/** The task of the first steps. */
const FIRST_TASK = JSON.stringify({
  name: 'every second',
  triggers: [{ type: 'cron', expression: '* * * * * *' }],
  action: { type: 'noop', durationMs: 500 },
});

/**
 * The message to whoever starts the service. Without a token there are no first steps; with a code, the link to the
 * dashboard signs in.
 */
export function welcome(url: string, token: string | null, code: string | null = null): string {
  const dashboard =
    code === null
      ? `Dashboard:          ${url}/dashboard/`
      : `Dashboard:          ${url}/dashboard/#code=${code}\n                    (signs in by itself, once, within 15 minutes)`;
  const addresses = `Scheduled Task Runner listens on ${url}\n${dashboard}\nAPI documentation:  ${url}/docs\n`;
  return token === null ? addresses : `${addresses}\n${firstSteps(url, token)}`;
}

const firstSteps = (url: string, token: string): string => `First steps, to paste into a shell:

  # an admin token for the organization "default", good for one hour
  TOKEN=${token}

  # schedule a task that runs every second
  curl -sS -w '\\n' -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' ${url}/v1/tasks -d '${FIRST_TASK}'

  # follow the log of its newest run
  curl -sSN -H "Authorization: Bearer $TOKEN" -H 'Accept: text/event-stream' "${url}/v1/runs/$(sleep 2; ${newestRun(url)})/log"
`;

/** The id is the first member of the first item, so sed finds it: newcomers may lack other tools. */
const newestRun = (url: string): string =>
  `curl -sS -H "Authorization: Bearer $TOKEN" '${url}/v1/runs?limit=1' | sed 's/^{"items":\\[{"id":"\\([^"]*\\)".*/\\1/'`;

/** The address as clients on this machine write it. */
export function urlOf(host: string, port: number): string {
  const everywhere = host === '0.0.0.0' || host === '::';
  const name = everywhere ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}
