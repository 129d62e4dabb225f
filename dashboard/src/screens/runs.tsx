import { getRouteApi } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { useMay } from '../acts/use-acts.ts';
import type { RunFilter, RunView } from '../api/filters.ts';
import { Chips, DaysSelect, Head } from '../ui/parts.tsx';
import { Switch } from '../ui/switch.tsx';
import { CancelDialog, canBeCancelled } from './cancel-dialog.tsx';
import { Failures } from './failures/failures.tsx';
import { LastDay } from './last-day.tsx';
import { RunFilters } from './run-filters.tsx';
import { chipsOf } from './run-filters.model.ts';
import { RunList } from './run-list.tsx';

const route = getRouteApi('/runs');

/** What failed since I slept, and is it one cause? */
export function Runs(): ReactNode {
  const { view, days = 1, unmended = false, ...filter } = route.useSearch();
  const navigate = route.useNavigate();
  const change = (part: { [Key in keyof RunView]?: RunView[Key] | undefined }): void =>
    void navigate({ search: (old) => ({ ...old, ...part }) as RunView });
  return (
    <>
      <Head title="Runs">
        <Switch
          label="Show as"
          values={['list', 'failures']}
          value={view ?? 'list'}
          wordsOf={(each) => (each === 'list' ? 'List' : 'Failures by cause')}
          onChange={(each) => change({ view: each === 'failures' ? each : undefined })}
        />
      </Head>
      {view === 'failures' ? (
        <>
          <div className="filters">
            <DaysSelect value={days} onChange={(chosen) => change({ days: chosen })} />
            <label className="check">
              <input
                type="checkbox"
                checked={unmended}
                onChange={(event) => change({ unmended: event.target.checked || undefined })}
              />
              Only what no later success has mended
            </label>
          </div>
          <Failures days={days} unmended={unmended} />
        </>
      ) : (
        <List filter={filter} change={change} />
      )}
    </>
  );
}

interface ListProps {
  filter: RunFilter;
  change: (part: { [Key in keyof RunFilter]?: RunFilter[Key] | undefined }) => void;
}

function List({ filter, change }: ListProps): ReactNode {
  const mayAct = useMay('operator');
  const [isCancelling, setCancelling] = useState(false);
  return (
    <>
      <RunFilters filter={filter} onChange={change} />
      <Chips
        chips={chipsOf(filter).map(({ members, ...chip }) => ({
          ...chip,
          clear: () => change(Object.fromEntries(members.map((member) => [member, undefined]))),
        }))}
      />
      {mayAct && canBeCancelled(filter) && (
        <p className="filters">
          <button type="button" onClick={() => setCancelling(true)}>
            Cancel these…
          </button>
        </p>
      )}
      {Object.keys(filter).length === 0 && <LastDay />}
      <RunList filter={filter} />
      {isCancelling && <CancelDialog filter={filter} onClose={() => setCancelling(false)} />}
    </>
  );
}
