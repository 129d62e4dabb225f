import type { Call } from '../command.js';
import { checkedToken, checkedUrl, tokenOf } from '../connection/connection.js';
import { Profiles } from '../connection/profiles.js';
import { UsageError } from '../terminal/exit.js';
import { table } from '../terminal/table.js';

/** `profile set NAME` */
export async function set({ terminal, options }: Call, name: string): Promise<void> {
  const url = options.url ?? terminal.env['TASK_RUNNER_URL'];
  if (url === undefined) throw new UsageError('Which service? Say --url.');
  const token = await tokenOf(options, terminal);
  const profiles = await Profiles.read(terminal.env);
  await profiles.set(name, {
    url: checkedUrl(url),
    ...(token !== undefined && { token: checkedToken(token) }),
  });
  await terminal.say(`The profile ${name} is in ${profiles.path}.`);
}

/** `profile list` */
export async function list({ terminal }: Call): Promise<void> {
  const profiles = await Profiles.read(terminal.env);
  const items = profiles.names.map((name) => {
    const { url, token } = profiles.get(name);
    return { name, url, hasToken: token !== undefined, isUsed: name === profiles.current };
  });
  await terminal.show(items, (all) =>
    table(
      ['PROFILE', 'SERVICE', 'TOKEN', 'USED'],
      all.map(({ name, url, hasToken, isUsed }) => [name, url, hasToken ? 'yes' : 'no', isUsed ? 'yes' : '']),
    ),
  );
}

/** `profile use NAME` */
export async function use({ terminal }: Call, name: string): Promise<void> {
  await (await Profiles.read(terminal.env)).use(name);
}

/** `profile remove NAME` */
export async function remove({ terminal }: Call, name: string): Promise<void> {
  await (await Profiles.read(terminal.env)).remove(name);
}
