import { Injectable } from '@nestjs/common';
import { InvalidInputError } from '../../domain/errors.js';
import { within } from '../../domain/faults.js';
import type { Task } from '../../domain/task.js';
import { ForecastService, type ForecastComparison, type ForecastSpan } from './forecast.service.js';
import { faultsOf, TaskCreation } from './task-creation.js';

/** What would be otherwise. */
export interface PlanInput {
  /** Tasks that do not exist, as their creation would take them. */
  add: readonly unknown[];
  /** Tasks that are left out: these, and those with one of the tags. */
  without: { ids: readonly string[]; tags: readonly string[] };
  /** Tasks that get another spread. */
  spread?: { ids: readonly string[]; spreadMs: number } | undefined;
}

/** Forecasts what a change of the tasks would do to the load, before it is made. */
@Injectable()
export class LoadPlans {
  constructor(
    private readonly forecasts: ForecastService,
    private readonly creation: TaskCreation,
  ) {}

  /** @throws InvalidInputError for a task that could not be created, or a time too far away */
  async compare(organization: string, span: ForecastSpan, input: PlanInput): Promise<ForecastComparison> {
    const { without, spread } = input;
    const add: Task[] = [];
    for (const [index, draft] of input.add.entries()) add.push(await this.draft(organization, draft, index));
    const [ids, tags, spreadIds] = [new Set(without.ids), new Set(without.tags), new Set(spread?.ids)];
    return this.forecasts.compare(organization, span, {
      add,
      isWithout: ({ id, definition }) => ids.has(id) || definition.tags.some((tag) => tags.has(tag)),
      spreadOf: ({ id }) => (spread && spreadIds.has(id) ? spread.spreadMs : null),
    });
  }

  private async draft(organization: string, draft: unknown, index: number): Promise<Task> {
    try {
      return await this.creation.draft(organization, draft);
    } catch (error) {
      const faults = faultsOf(error);
      throw faults ? new InvalidInputError(within(`/add/${index}`, faults)) : error;
    }
  }
}
