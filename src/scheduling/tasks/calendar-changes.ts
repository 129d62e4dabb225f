import { Injectable } from '@nestjs/common';
import { nameOf } from '../../domain/calendar.js';
import type { OrganizationSettings } from '../../domain/organization-settings.js';
import { changedMembers, SettingsService } from '../../organizations/settings.service.js';
import { SetAside } from '../holding/set-aside.js';
import { TasksService } from './tasks.service.js';

const PAGE = 500;

/** Moves tasks whose calendar was changed to the next occurrence that it allows them. */
@Injectable()
export class CalendarChanges {
  constructor(
    private readonly settings: SettingsService,
    private readonly tasks: TasksService,
    private readonly aside: SetAside,
  ) {
    settings.onChanged((organization, before) => this.follow(organization, before));
  }

  private async follow(organization: string, before: OrganizationSettings): Promise<void> {
    const { settings } = await this.settings.get(organization);
    const changed = new Set(changedMembers(before.calendars, settings.calendars));
    if (changed.size > 0) await this.reschedule(organization, changed, before);
  }

  private async reschedule(
    organization: string,
    calendars: ReadonlySet<string>,
    before: OrganizationSettings,
  ): Promise<void> {
    let after: string | undefined;
    for (;;) {
      const { items, next } = await this.tasks.list(organization, {}, { after, limit: PAGE });
      for (const task of items) {
        const concerned = task.definition.calendars?.some((use) => calendars.has(nameOf(use)));
        // A failure for one task must not keep the others from following.
        if (concerned) await this.aside.alone(task, () => this.tasks.reschedule(organization, task.id, before));
      }
      if (next === null) return;
      after = next;
    }
  }
}
