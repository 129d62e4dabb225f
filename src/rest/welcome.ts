/** The task of the first steps. */
const FIRST_TASK = JSON.stringify({
  name: 'every second',
  triggers: [{ type: 'cron', expression: '* * * * * *' }],
  action: { type: 'noop', durationMs: 500 },
});

/** What the service tells whoever starts it. Without a token there are no first steps. */
export function welcome(url: string, token: string | null): string {
  const addresses = `Scheduled Task Runner listens on ${url}\nAPI documentation:  ${url}/docs\n`;
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

/** The id is the first member of the first item, which needs no tool that a newcomer may lack. */
const newestRun = (url: string): string =>
  `curl -sS -H "Authorization: Bearer $TOKEN" '${url}/v1/runs?limit=1' | sed 's/^{"items":\\[{"id":"\\([^"]*\\)".*/\\1/'`;

/** The address as a client on this machine writes it. */
export function urlOf(host: string, port: number): string {
  const everywhere = host === '0.0.0.0' || host === '::';
  const name = everywhere ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}
