import { demand, everyItem, ProblemError, type TaskRunnerClient } from '../../client/index.js';
import { definitionIn } from '../../importers/destination/rest-destination.js';
import type { Call } from '../command.js';
import { MOST_TASKS, SET_NAME } from '../definitions/file-schema.js';
import { acts, isOfOthers, planned, type PlanOptions, type Step, type Stored } from '../definitions/plan.js';
import { setTag, wantedIn, type WantedSet } from '../definitions/wanted.js';
import { counted } from '../../domain/counted.js';
import { told } from '../terminal/amounts.js';
import { DIFF_EXIT, EXIT, FailedError, UsageError } from '../terminal/exit.js';
import { printable } from '../terminal/printable.js';
import type { Terminal } from '../terminal/terminal.js';
import { carriedOut, type Done } from './carrying-out.js';

const PAGE = 200;

export interface ApplyOptions {
  prune?: boolean;
  secrets?: boolean;
  yes?: boolean;
  dryRun?: boolean;
}

/** `task apply`: shows what would change, and changes it when somebody agrees. */
export async function apply({ terminal, service }: Call, files: string[], options: ApplyOptions): Promise<number> {
  const { client } = await service();
  const steps = await planOf(client, files, terminal, options);
  await demandValid(client, steps);
  const toDo = steps.filter(acts);
  if (terminal.format === 'table') await terminal.print(planText(terminal, steps));
  if (options.dryRun || toDo.length === 0) {
    if (terminal.format === 'json') await terminal.json(steps.map(outline));
    return EXIT.done;
  }
  if (!options.yes && !(terminal.isInteractive && (await terminal.agrees('Change this?')))) {
    throw new FailedError('Nothing was changed. --yes changes it without a question.', EXIT.leftOut);
  }
  const done = await carriedOut(client, toDo, terminal);
  const refused = done.filter(({ refusal }) => refusal !== undefined);
  if (terminal.format === 'json') await terminal.json(done.map(({ step, ...rest }) => ({ ...outline(step), ...rest })));
  else await terminal.print(doneText(done));
  return refused.length > 0 ? EXIT.leftOut : EXIT.done;
}

/** `task diff`: as `apply` would begin, and no more. */
export async function diff({ terminal, service }: Call, files: string[], options: ApplyOptions): Promise<number> {
  const { client } = await service();
  const steps = await planOf(client, files, terminal, options);
  if (terminal.format === 'json') await terminal.json(steps.map(outline));
  else await terminal.print(planText(terminal, steps));
  return steps.some(acts) ? DIFF_EXIT.different : DIFF_EXIT.same;
}

async function planOf(
  client: TaskRunnerClient,
  files: string[],
  terminal: Terminal,
  { prune = false, secrets = false }: Partial<PlanOptions>,
): Promise<Step[]> {
  const steps: Step[] = [];
  for (const set of await wantedIn(files, terminal)) {
    const owned = await tasksOf(client, { tag: setTag(set.name) });
    steps.push(...planned(set, owned, await namedBy(client, set, owned), { prune, secrets }));
  }
  return steps;
}

/** All tasks that a filter finds. @throws FailedError when they are too many */
export async function tasksOf(client: TaskRunnerClient, { tag }: { tag?: string }): Promise<Stored[]> {
  const tasks: Stored[] = [];
  const page = (cursor: string | undefined) =>
    client.GET('/v1/tasks', {
      params: {
        query: { ...(tag !== undefined && { tag: [tag] }), limit: PAGE, ...(cursor !== undefined && { cursor }) },
      },
    });
  for await (const task of everyItem(page)) {
    tasks.push(storedTask(task));
    if (tasks.length > MOST_TASKS) throw new FailedError(`There are more than ${MOST_TASKS} such tasks.`);
  }
  return tasks;
}

/** The tasks that the set owns, and those that definitions name besides. */
async function namedBy(client: TaskRunnerClient, { tasks }: WantedSet, owned: Stored[]): Promise<Map<string, Stored>> {
  const found = new Map(owned.map((stored) => [stored.id, stored]));
  for (const { id } of tasks.values()) {
    if (id === undefined || found.has(id)) continue;
    try {
      found.set(id, storedTask(await demand(client.GET('/v1/tasks/{id}', { params: { path: { id } } }))));
    } catch (error) {
      // It may be a task of another service, from which the file was exported.
      if (!(error instanceof ProblemError && error.status === 404)) throw error;
    }
  }
  return found;
}

function storedTask(task: Pick<Stored, 'id' | 'version' | 'name' | 'tags' | 'secretNames'>): Stored {
  const { id, version, name, tags, secretNames } = task;
  return { id, version, name, tags, secretNames, definition: definitionIn(task) };
}

/** Asks the service about each definition that is new or changed. @throws FailedError with all faults */
async function demandValid(client: TaskRunnerClient, steps: readonly Step[]): Promise<void> {
  const faults: string[] = [];
  for (const { wanted, stored } of steps.filter(acts)) {
    if (!wanted) continue;
    // The values stay where they are; that there are such secrets is what counts.
    const secrets = Object.fromEntries(Object.keys(wanted.secrets).map((name) => [name, '']));
    const body = { task: { ...wanted.definition, secrets } as never, ...(stored && { id: stored.id }) };
    const { errors } = await demand(client.POST('/v1/tasks/check', { body }));
    faults.push(...errors.map(({ pointer, detail }) => `${wanted.where}: ${pointer}: ${detail}`));
  }
  if (faults.length > 0) throw new FailedError(`Nothing was changed.\n${told(faults)}`);
}

/** A step for programs. */
const outline = ({ act, set, key, name, changes, stored }: Step) => ({
  act,
  set,
  key,
  name,
  id: stored?.id ?? null,
  changes,
});

const SIGNS: Record<Step['act'], string> = {
  create: '+ create',
  adopt: '~ take over',
  change: '~ change',
  prune: '- delete',
  kept: '? not in the files',
  same: '  the same',
};
const COLOURS = { create: 'green', adopt: 'yellow', change: 'yellow', prune: 'red' } as const;

function planText(terminal: Terminal, steps: readonly Step[]): string {
  const lines = steps
    .filter(({ act }) => act !== 'same')
    .flatMap(({ act, set, key, name, changes }) => {
      const sign = act in COLOURS ? terminal.paint(SIGNS[act], COLOURS[act as keyof typeof COLOURS]) : SIGNS[act];
      return [`${sign} ${printable(`${set}/${key} (${name})`)}`, ...changes.map(changeText)];
    });
  const count = (...of: Step['act'][]) => steps.filter(({ act }) => of.includes(act)).length;
  const shared = steps.filter(({ act, set, stored }) => act === 'kept' && isOfOthers(stored!, set)).length;
  const kept = count('kept') - shared;
  const rest =
    (kept > 0 ? ` ${counted(kept, 'task')} of the set ${kept === 1 ? 'is' : 'are'} in no file; --prune deletes.` : '') +
    (shared > 0 ? ` ${counted(shared, 'task')} in no file ${shared === 1 ? 'is' : 'are'} of another set, too.` : '');
  const sum = `${count('create')} to create, ${count('change', 'adopt')} to change, ${count('prune')} to delete, ${count('same')} the same.${rest}`;
  return [...lines, sum].join('\n');
}

const changeText = ({ pointer, before, after }: Step['changes'][number]): string =>
  printable(
    `    ${pointer}: ${before === undefined ? '' : JSON.stringify(before)} → ${after === undefined ? '' : JSON.stringify(after)}`,
  );

function doneText(done: readonly Done[]): string {
  const refused = done.filter(({ refusal }) => refusal !== undefined);
  const lines = refused.map(({ step, refusal }) => printable(`${step.set}/${step.key} was refused: ${refusal}`));
  return [...lines, `${counted(done.length - refused.length, 'task')} changed.`].join('\n');
}

/** @throws UsageError */
export function checkedSet(name: string): string {
  if (!SET_NAME.test(name)) throw new UsageError('A set has a name of letters, digits, ".", "_" and "-", at most 20.');
  return name;
}
