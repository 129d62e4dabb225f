/** Bodies that work as they stand, for the documentation. */
export const TASK_EXAMPLES = {
  'every five seconds': {
    name: 'every five seconds',
    triggers: [{ type: 'cron', expression: '*/5 * * * * *' }],
    action: { type: 'noop', durationMs: 1000 },
    tags: ['first-steps'],
  },
  'a nightly call': {
    name: 'nightly regression',
    triggers: [
      { type: 'cron', expression: '0 2 * * 1-5', timeZone: 'Europe/Berlin' },
      { type: 'event', event: 'test-completion', filter: { 'data.status': 'failed' } },
    ],
    action: {
      type: 'http',
      method: 'POST',
      url: 'https://ci.example.org/suites/{{parameters.suite}}',
      headers: { authorization: 'Bearer {{secrets.token}}' },
      body: { run: '{{run.id}}' },
    },
    parameters: { suite: 'smoke' },
    secrets: { token: 'only ever written' },
    retry: { maxAttempts: 3, backoff: 'exponential', baseDelayMs: 1000, maxDelayMs: 300000 },
    tags: ['nightly'],
  },
  'once, by hand': { name: 'by hand', triggers: [{ type: 'manual' }], action: { type: 'noop' } },
};

export const BATCH_EXAMPLES = {
  'two tasks': { tasks: [TASK_EXAMPLES['every five seconds'], TASK_EXAMPLES['once, by hand']] },
};

export const PATCH_EXAMPLES = { 'another priority': { priority: 8, tags: ['urgent'] } };

export const PAUSE_EXAMPLES = { 'until further notice': { reason: 'maintenance' } };

export const BACKFILL_EXAMPLES = {
  'what a day would run': { from: '2027-03-26T00:00:00Z', to: '2027-03-27T00:00:00Z', dryRun: true },
  'a day, one run each second': { from: '2027-03-26T00:00:00Z', to: '2027-03-27T00:00:00Z', everyMs: 1000 },
};

export const RETRY_EXAMPLES = {
  'what failed at an outage of the receiver': {
    from: '2027-03-26T00:00:00Z',
    to: '2027-03-27T00:00:00Z',
    code: 'http-503',
    dryRun: true,
  },
  'whatever failed of a task': { taskId: '01978c4e-7a00-7000-8000-000000000000', everyMs: 1000 },
};

export const PREVIEW_EXAMPLES = {
  'workdays at two': {
    trigger: { type: 'cron', expression: '0 2 * * 1-5', timeZone: 'Europe/Berlin' },
    from: '2027-03-26T00:00:00Z',
    count: 5,
  },
};

export const EVENT_EXAMPLES = { 'a failed test': { status: 'failed', suite: 'smoke' } };

export const COMPLETE_EXAMPLES = {
  'it went well': { token: 'the token that the call carried', outcome: 'succeeded', output: { passed: 12 } },
};

export const API_KEY_EXAMPLES = {
  'a build that starts tasks': { name: 'nightly build', roles: ['operator'] },
};

export const GRANTS_EXAMPLES = {
  'three shares to one, and up to 200 runs': { weight: 3, quotas: { concurrentRuns: 200 } },
};

export const SETTINGS_EXAMPLES = {
  'workdays in Germany': {
    calendars: {
      workdays: { timeZone: 'Europe/Berlin', weekdays: ['sat', 'sun'], dates: ['2027-12-25'] },
    },
  },
};
