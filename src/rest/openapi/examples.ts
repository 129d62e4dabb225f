/** Bodies for the documentation that work as they are. */
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

export const REASON_EXAMPLES = { 'with a reason': { reason: 'the receiver is back' } };

export const SKIP_EXAMPLES = { 'a public holiday': { at: '2027-03-26T02:00:00Z', reason: 'nobody is there' } };

export const BULK_DELETE_EXAMPLES = {
  'which completed tasks of a tag would go': { tag: 'nightly', state: 'completed', dryRun: true },
  'these tasks': { ids: ['01a0b1c2-d3e4-7567-8899-aabbccddeeff'] },
};

export const BULK_PAUSE_EXAMPLES = {
  'which tasks of a tag would pause': { tag: 'nightly', reason: 'maintenance', dryRun: true },
  'all tasks': { all: true, reason: 'maintenance' },
};

export const BULK_RESUME_EXAMPLES = { 'what was paused for this reason': { reason: 'maintenance' } };

export const OUTCOMES_EXAMPLES = {
  'the last twenty of two tasks': {
    ids: ['01978c4e-7a00-7000-8000-000000000000', '01978c4e-7a00-7000-8000-000000000001'],
    count: 20,
  },
};

export const PLAN_EXAMPLES = {
  'one task more': { add: [TASK_EXAMPLES['a nightly call']], hours: 24, step: '15m' },
  'a crowded second spread': {
    from: '2027-03-26T02:00:00Z',
    hours: 1,
    spread: { ids: ['01978c4e-7a00-7000-8000-000000000000'], spreadMs: 24000 },
  },
  'without the tasks of a tag': { without: { tags: ['nightly'] }, hours: 24 },
};

export const CHECK_EXAMPLES = { 'a nightly call': { task: TASK_EXAMPLES['a nightly call'] } };

export const RUN_EXAMPLES = { 'with parameters of its own': { parameters: { suite: 'smoke' } } };

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

export const CANCEL_EXAMPLES = {
  'what still waits of a task, at first only counted': {
    taskId: '01978c4e-7a00-7000-8000-000000000000',
    states: ['pending'],
    dryRun: true,
  },
  'whatever is under way since nine': { from: '2027-03-26T09:00:00Z' },
  'what will be tried again in vain': { states: ['retrying'], code: 'ENOTFOUND', reason: 'the receiver has moved' },
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

export const HEARTBEAT_EXAMPLES = {
  'a third is done': { token: 'the token that the call carried', percent: 33, message: '4 of 12 suites' },
};

export const API_KEY_EXAMPLES = {
  'a build that starts tasks': { name: 'nightly build', roles: ['operator'] },
};

export const WEBHOOK_SOURCE_EXAMPLES = {
  'Standard Webhooks': { name: 'build server', event: 'build-finished' },
  GitHub: { name: 'our repositories', scheme: { type: 'github' } },
  'a code of its own': {
    name: 'alarms',
    scheme: { type: 'hmac', header: 'X-Signature', algorithm: 'sha512', encoding: 'base64' },
    mapping: { type: { path: 'alarm.kind', prefix: 'alarm.' }, data: { host: 'alarm.host' } },
  },
};

export const WEBHOOK_PATCH_EXAMPLES = { 'a new secret': { secret: null }, 'another name': { name: 'nightly builds' } };

export const WEBHOOK_SAMPLE_EXAMPLES = { 'a payload': { body: { type: 'test', suite: 'smoke' } } };

export const CHANNEL_EXAMPLES = {
  'a signed webhook': { type: 'webhook', name: 'our alarms', url: 'https://alarms.example.org/scheduler' },
  Slack: { type: 'slack', name: 'the channel #nightly', url: 'https://hooks.slack.com/services/T000/B000/XXXX' },
};

export const CHANNEL_PATCH_EXAMPLES = { 'another name': { name: 'alarms by night' } };

export const RULE_EXAMPLES = {
  'three failures in a row, and their end': {
    name: 'nightly runs',
    on: ['failing', 'recovery'],
    failures: 3,
    tags: ['nightly'],
    channels: ['01978c4e-7a00-7000-8000-000000000000'],
  },
};

export const RULE_PATCH_EXAMPLES = { 'no more than ten an hour': { maxPerHour: 10, groupMs: 60000 } };

export const REPORT_SCHEDULE_EXAMPLES = {
  'each Monday, by tag': {
    name: 'last week',
    by: 'tag',
    period: 'week',
    hour: 6,
    channels: ['01978c4e-7a00-7000-8000-000000000000'],
  },
};

export const REPORT_SCHEDULE_PATCH_EXAMPLES = { 'an hour later': { hour: 7 } };

export const REDELIVERY_EXAMPLES = { 'everything missing since': { from: '2027-03-26T00:00:00Z' } };

export const GRANTS_EXAMPLES = {
  'three shares to one, and up to 200 runs': { weight: 3, quotas: { concurrentRuns: 200 } },
};

export const INSTALLATION_EXAMPLES = {
  'fewer runs at a time, and a shorter memory': { concurrency: 200, retention: { runsDays: 14 }, logLevel: 'info' },
};

export const INSTALLATION_PATCH_EXAMPLES = {
  'the end of an emergency pause': { paused: null },
};

export const SETTINGS_EXAMPLES = {
  'workdays in Germany': {
    calendars: {
      workdays: { timeZone: 'Europe/Berlin', weekdays: ['sat', 'sun'], dates: ['2027-12-25'] },
    },
  },
  'four browsers at a time, and 100 mails a minute': {
    resources: { browser: 4, mail: { capacity: 100, perMs: 60_000 } },
  },
};
