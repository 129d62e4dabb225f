import { describe, expect, it } from '@jest/globals';
import { checkedReading } from '../checked.js';
import { MOST_ENTRIES } from '../reading.js';
import { commandOf, readCrontab, type CrontabOptions } from './crontab.js';

const NOW = Date.parse('2027-01-31T12:00:00Z');
const OPTIONS: CrontabOptions = { hasUsers: false, timeZone: 'Europe/Berlin', handler: 'command', scope: 'host' };

const read = (text: string, options: Partial<CrontabOptions> = {}) => readCrontab(text, { ...OPTIONS, ...options });
const expressionOf = (line: string) => {
  const [task] = read(line).tasks;
  return task?.input.triggers[0];
};
const reasonOf = (line: string) => read(line).leftOut[0]?.reason;

const OF_A_USER = `# m h  dom mon dow   command
SHELL=/bin/bash
PATH = "/usr/local/bin:/usr/bin"
MAILTO=ops@example.org
PGPASSWORD='hunter2'

# Nightly backup of the shop
30 2 * * *   /usr/local/bin/backup --all
*/15 9-17 * * mon-fri  poll.sh   # not a comment for cron

# 0 5 * * * was put out of use
@daily  tidy
@reboot warm-up
CRON_TZ=Asia/Tokyo
0 9 1 * *  mail -s "100\\% done" boss%Dear boss,%it is done.
0 25 * * * never
5 4
`;

describe('a crontab of a user', () => {
  const reading = read(OF_A_USER);

  it('becomes a task for each entry', () => {
    expect(reading.tasks.map(({ where, schedule, input }) => [where, schedule, input.name])).toEqual([
      ['line 8', '30 2 * * *', 'Nightly backup of the shop'],
      ['line 9', '*/15 9-17 * * mon-fri', 'poll.sh   # not a comment for cron'],
      ['line 12', '@daily', 'tidy'],
      ['line 15', '0 9 1 * *', 'mail -s "100% done" boss'],
    ]);
  });

  it('keeps zone, command, input and variables as they are at each line', () => {
    const [backup, , , mail] = reading.tasks;
    expect(backup!.input).toMatchObject({
      triggers: [{ type: 'cron', expression: '30 2 * * *', timeZone: 'Europe/Berlin' }],
      action: { type: 'handler', name: 'command' },
      parameters: {
        command: '/usr/local/bin/backup --all',
        environment: { SHELL: '/bin/bash', PATH: '/usr/local/bin:/usr/bin' },
      },
      overlap: 'allow',
      retry: { maxAttempts: 1 },
      misfire: { policy: 'skip' },
    });
    expect(mail!.input.triggers).toEqual([{ type: 'cron', expression: '0 9 1 * *', timeZone: 'Asia/Tokyo' }]);
    expect(mail!.input.parameters).toMatchObject({ stdin: 'Dear boss,\nit is done.' });
  });

  it('puts what is confidential by its name among the secrets, and says so', () => {
    expect(reading.tasks[0]!.input.secrets).toEqual({ PGPASSWORD: 'hunter2' });
    expect(JSON.stringify({ ...reading.tasks[0], input: { ...reading.tasks[0]!.input, secrets: {} } })).not.toContain(
      'hunter2',
    );
    expect(reading.tasks[0]!.differences).toEqual([expect.stringContaining('PGPASSWORD')]);
  });

  it('tells what is not carried over', () => {
    expect(reading.leftOut.map(({ where, entry }) => [where, entry])).toEqual([
      ['line 13', '@reboot warm-up'],
      ['line 16', '0 25 * * * never'],
      ['line 17', '5 4'],
    ]);
    expect(reading.remarks).toEqual([
      expect.stringContaining('runs no commands'),
      expect.stringContaining('mail'),
      expect.stringContaining('Europe/Berlin'),
    ]);
  });

  it('is accepted by the service, each entry under tags of its own', () => {
    const { tasks, leftOut } = checkedReading(reading, 'crontab', 'host', NOW);
    expect(leftOut).toHaveLength(3);
    expect(tasks.map(({ nextAt }) => new Date(nextAt!).toISOString())).toEqual([
      '2027-02-01T01:30:00.000Z',
      '2027-02-01T08:00:00.000Z',
      '2027-01-31T23:00:00.000Z',
      '2027-02-01T00:00:00.000Z',
    ]);
    expect(new Set(tasks.map(({ tags }) => tags.entry)).size).toBe(4);
  });
});

describe('a crontab of the system', () => {
  it('has a user in each entry', () => {
    const { tasks } = read('17 *\t* * *\troot    cd / && run-parts /etc/cron.hourly\n@weekly www: x', {
      hasUsers: true,
    });
    expect(tasks.map(({ input }) => input.parameters)).toEqual([
      { user: 'root', command: 'cd / && run-parts /etc/cron.hourly' },
      { user: 'www:', command: 'x' },
    ]);
  });

  it('has no entry without a command', () => {
    expect(read('0 5 * * * root', { hasUsers: true }).leftOut[0]!.reason).toBe('has no command');
  });
});

describe('a time', () => {
  it.each([
    ['0 0 13 * 5 x', '0 0 13 * 5'],
    ['0 0 */2 * 1 x', '0 0 */2 * 1'],
    ['1-59/2 * * JAN-mar,12 0,7 x', '1-59/2 * * JAN-mar,12 0,7'],
    ['@Hourly x', '0 * * * *'],
    ['@annually x', '0 0 1 1 *'],
    ['@every_minute x', '* * * * *'],
    ['-*/5 * * * * x', '*/5 * * * *'],
    ['0~30 ~ * * * x', 'H(0-30) H(0-23) * * *'],
  ])('%s is %s', (line, expression) => {
    expect(expressionOf(line)).toMatchObject({ expression });
  });

  it.each([
    ['5/15 * * * * x', 'a step after a single number'],
    ['*/0 * * * * x', 'in its minute'],
    ['30-10 * * * * x', 'in its minute'],
    ['0 0 L * * x', 'in its day of month'],
    ['0 0 ? * * x', 'which no crontab knows'],
    ['0 0 * * 1#2 x', 'in its day of week'],
    ['0 0 * 13 * x', 'in its month'],
    ['@600 x', 'since its last end|after its last end'],
    ['@fortnightly x', 'no cron is known to read'],
    ['9~3 * * * * x', 'does not fit'],
  ])('%s is left out', (line, reason) => {
    expect(reasonOf(line)).toMatch(new RegExp(reason));
  });

  it('that never comes is left out by the check', () => {
    const { tasks, leftOut } = checkedReading(read('0 0 30 2 * x'), 'crontab', '', NOW);
    expect([tasks.length, leftOut[0]?.reason]).toEqual([0, expect.stringContaining('never fires')]);
  });
});

it.each([
  ['a\\%b', { command: 'a%b' }],
  ['cat%one%two', { command: 'cat', stdin: 'one\ntwo' }],
  ['cat%', { command: 'cat', stdin: '' }],
  ['date +\\%F%x\\%y', { command: 'date +%F', stdin: 'x%y' }],
])('the command %s is understood', (text, parts) => {
  expect(commandOf(text)).toEqual(parts);
});

it('delays all alike where cron delays at random', () => {
  expect(read('RANDOM_DELAY=5\n0 1 * * * x').tasks[0]!.input.spreadMs).toBe(300_000);
});

it('tells two equal entries apart, and keeps their keys when other lines come', () => {
  const keys = (text: string) => read(text).tasks.map(({ key }) => key);
  expect(new Set(keys('0 1 * * * x\n0 1 * * * x')).size).toBe(2);
  expect(keys('# new\n9 9 * * * y\n\n0 1 * * * x').at(-1)).toBe(keys('0 1 * * * x')[0]);
});

it('reads a file with far too many entries, up to its bound', () => {
  const { tasks, leftOut } = read('* * * * * x\n'.repeat(MOST_ENTRIES + 5));
  expect([tasks.length, leftOut.length]).toEqual([MOST_ENTRIES, 5]);
});
