/** What the form calls what stands at a JSON pointer. */
const LABELS: Record<string, string> = {
  '': 'The task',
  '/name': 'Name',
  '/description': 'What it is for',
  '/tags': 'Tags',
  '/queue': 'Queue',
  '/priority': 'Priority',
  '/triggers': 'Triggers',
  '/action': 'Action',
  '/action/type': 'Type of the action',
  '/action/url': 'URL',
  '/action/method': 'Method',
  '/action/body': 'Body',
  '/action/name': 'Name of the handler',
  '/action/event': 'Type of the event',
  '/action/data': 'Its data',
  '/action/flowId': 'Id of the flow',
  '/action/durationMs': 'Takes',
  '/parameters': 'Parameters of each run',
  '/overlap': 'If one is still running',
  '/misfire/policy': 'If starts were missed',
  '/onCrash': 'If its instance crashes',
  '/retry/maxAttempts': 'Attempts at most',
  '/retry/backoff': 'Pauses between attempts',
  '/retry/baseDelayMs': 'The first pause',
  '/timeoutMs': 'Each attempt takes at most',
  '/pauseAfterFailures': 'Pause the task after this many failures in a row',
  '/startAt': 'Not before',
  '/endAt': 'Not after',
  '/maxRuns': 'Runs in all, at most',
  '/spreadMs': 'Spread starts over',
  '/calendars': 'Calendars',
  '/resources': 'Places of pools',
};

const OF_TRIGGERS: Record<string, string> = {
  '': '',
  '/type': 'type',
  '/expression': 'expression',
  '/timeZone': 'time zone',
  '/everyMs': 'every',
  '/anchorAt': 'counted from',
  '/at': 'at',
  '/rule': 'rule',
  '/event': 'type of the event',
  '/filter': 'only if its data has',
};

/** The label of a field; the pointer itself where the form has none for it. */
export function labelOf(pointer: string): string {
  const label = LABELS[pointer];
  if (label !== undefined) return label;
  const [, index, rest] = /^\/triggers\/(\d+)(.*)$/.exec(pointer) ?? [];
  const part = OF_TRIGGERS[rest ?? '-'];
  if (part !== undefined) return `Trigger ${Number(index) + 1}${part === '' ? '' : `: ${part}`}`;
  return pointer.slice(1);
}

/** What the service says of a text that is empty. */
const MISSING = /expected string to have >=1 characters/;

/** What is wrong with a field, as the form says it. */
export const faultWords = (detail: string): string => (MISSING.test(detail) ? 'is missing' : detail);
