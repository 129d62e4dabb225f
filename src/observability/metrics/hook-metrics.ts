import { Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';
import { HookRegistry } from '../../integrations/hooks/hook-registry.js';
import { OutcomeHooks } from '../../integrations/hooks/outcome-hooks.js';
import { Metrics } from './metrics.js';

/** What goes wrong with the hooks of the host application on this instance. */
@Injectable()
export class HookMetrics {
  constructor(hooks: HookRegistry, outcomes: OutcomeHooks, metrics: Metrics) {
    new Counter({
      name: 'task_runner_hook_failures_total',
      help: 'Calls of hooks of the host application that failed, took too long or were left out.',
      labelNames: ['hook', 'kind'] as const,
      registers: [metrics.registry],
      collect() {
        this.reset();
        for (const { source: hook, kind, failures } of hooks.all()) this.inc({ hook, kind }, failures);
      },
    });
    metrics.counted(
      'hook_outcomes_untold_total',
      'Outcomes and retries that were told to no hook, because too many waited.',
      () => outcomes.untold,
    );
  }
}
