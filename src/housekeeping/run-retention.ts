import { Injectable } from '@nestjs/common';
import { boundedCache } from '../domain/bounded-cache.js';
import { Clock } from '../clock/clock.js';
import { organizationSettingsSchema } from '../domain/organization-settings.js';
import { SettingsStore } from '../organizations/settings.store.js';
import { RunStore } from '../scheduling/ports/run.store.js';
import { ownRunDaysOf, runDaysOf } from '../settings/run-days.js';
import type { RetentionSettings } from '../settings/settings.js';
import { pauseAfter } from './pace.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** How many runs one write looks at, and how many writes a sweep has for all organizations. */
const PAGE = 200;
const MOST_PAGES = 1000;
/** How many settings are read at a time, and of how many organizations it is remembered how far they are. */
const SETTINGS_PAGE = 200;
const MOST_WALKS = 10_000;

/** How far the runs of a kind were looked through: all up to this id. */
interface Walk {
  after: string;
  /** Whether it has been through all of them, and when it begins again then (monotonic ms). */
  isThrough: boolean;
  againAt: number;
}

/** Runs that are kept for a shorter time than the longest of the installation. */
interface Kind {
  organization?: string;
  failed: boolean;
  days: number;
}

/**
 * Removes finished runs of organizations and outcomes that are kept for a shorter time than others. It looks through them
 * in the order of their ids, goes on from there in the next sweep, and begins again an hour after it was through: what had not
 * finished when it was looked at has been passed over.
 */
@Injectable()
export class RunRetention {
  private readonly walks = boundedCache<Walk>(MOST_WALKS);
  /** The organization with which the next sweep goes on; empty for the first. */
  private from = '';

  constructor(
    private readonly runs: RunStore,
    private readonly settings: SettingsStore,
    private readonly clock: Clock,
  ) {}

  /** Removes what is past its retention, as far as one sweep gets, until `isOver`; resolves to the number. */
  async sweep(retention: RetentionSettings, isOver: () => boolean): Promise<number> {
    const budget = { pages: MOST_PAGES / 2 };
    const goesOn = () => budget.pages > 0 && !isOver();
    let removed = 0;
    const [others, failed] = [runDaysOf(retention, false), runDaysOf(retention, true)];
    if (others !== failed)
      removed += await this.walk({ failed: failed < others, days: Math.min(others, failed) }, budget, isOver);
    // The other half is for organizations alone.
    budget.pages += MOST_PAGES / 2;
    let isLastRound = this.from === '';
    while (goesOn()) {
      const page = await this.settings.list(this.from, SETTINGS_PAGE);
      for (const { key, settings } of page) {
        if (!goesOn()) return removed;
        for (const kind of kindsOf(key, settings, retention)) removed += await this.walk(kind, budget, isOver);
        // Also where it has taken all that was left: then the next sweep begins with others.
        this.from = key;
      }
      if (page.length === SETTINGS_PAGE) continue;
      this.from = '';
      if (isLastRound) break;
      isLastRound = true;
    }
    return removed;
  }

  private async walk(kind: Kind, budget: { pages: number }, isOver: () => boolean): Promise<number> {
    const { organization, failed, days } = kind;
    const key = JSON.stringify([organization ?? null, failed]);
    const walk = this.begun(key);
    let removed = 0;
    while (budget.pages > 0 && !isOver()) {
      budget.pages--;
      const before = this.clock.now() - days * DAY_MS;
      const began = this.clock.monotonic();
      const page = await this.runs.purgeKind({ organization, failed, before, after: walk.after }, PAGE);
      removed += page.removed;
      walk.after = page.last;
      if (page.looked < PAGE) {
        if (!walk.isThrough) Object.assign(walk, { isThrough: true, againAt: this.clock.monotonic() + HOUR_MS });
        break;
      }
      await this.clock.sleep(pauseAfter(this.clock.monotonic() - began));
    }
    return removed;
  }

  private begun(key: string): Walk {
    const now = this.clock.monotonic();
    const known = this.walks.get(key);
    if (known && (!known.isThrough || now < known.againAt)) return known;
    const walk = { after: '', isThrough: false, againAt: now };
    this.walks.set(key, walk);
    return walk;
  }
}

/** What of the organization is kept for a shorter time; nothing where its settings cannot be read. */
function kindsOf(organization: string, stored: object, retention: RetentionSettings): Kind[] {
  const { retention: own } = stored as { retention?: unknown };
  const parsed = organizationSettingsSchema.shape.retention.safeParse(own ?? {});
  if (!parsed.success || parsed.data === undefined) return [];
  return [false, true].flatMap((failed) => {
    const days = ownRunDaysOf(parsed.data, retention, failed);
    return days < runDaysOf(retention, failed) ? [{ organization, failed, days }] : [];
  });
}
