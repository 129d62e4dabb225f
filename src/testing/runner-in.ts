import type { DynamicModule, ForwardReference, Type } from '@nestjs/common';
import { TaskRunnerModule } from '../task-runner.module.js';

/** What a module may import. */
export type Imported = Type<unknown> | DynamicModule | Promise<DynamicModule> | ForwardReference;

/** Whether one of these modules, or a module that they import, brings a task runner. */
export async function bringsRunner(imported: readonly Imported[], seen = new Set<unknown>()): Promise<boolean> {
  for (const each of imported) {
    const known = await ('forwardRef' in each ? (each.forwardRef as () => Imported)() : each);
    if (seen.has(known)) continue;
    seen.add(known);
    const type = 'module' in known ? known.module : known;
    if (type === TaskRunnerModule) return true;
    const declared = (Reflect.getMetadata('imports', type) as Imported[] | undefined) ?? [];
    const added = 'module' in known ? ((known.imports ?? []) as Imported[]) : [];
    if (await bringsRunner([...declared, ...added], seen)) return true;
  }
  return false;
}
