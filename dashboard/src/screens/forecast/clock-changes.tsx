import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Schemas } from '../../api/client.ts';
import { CHANGE_DAYS, type ChangeDays } from '../../api/filters.ts';
import { clockChangesQuery } from '../../api/queries.ts';
import { TaskLink } from '../../ui/links.tsx';
import { Empty, Fault, Section } from '../../ui/parts.tsx';
import { Foreign } from '../../ui/text.tsx';
import { At } from '../../ui/time.tsx';
import { effectOf, movementOf } from './clock-changes.model.ts';

type Change = Schemas['ClockChangeResponse'];

/** How many occurrences of a task are shown: more of them tell nothing else. */
const SHOWN = 3;

interface Props {
  days: ChangeDays;
  onDays: (days: ChangeDays) => void;
}

/** What the coming clock changes do to tasks. */
export function ClockChanges({ days, onDays }: Props): ReactNode {
  const { data, error } = useQuery(clockChangesQuery(days));
  return (
    <Section
      title="Clock changes"
      aside={
        <label className="field-inline">
          <span>In the next</span>
          <select value={days} onChange={(event) => onDays(Number(event.target.value) as ChangeDays)}>
            {CHANGE_DAYS.map((each) => (
              <option key={each} value={each}>
                {each} days
              </option>
            ))}
          </select>
        </label>
      }
    >
      <p className="muted">
        Where clocks go forward, times of the day are left out; where they go back, they come twice. The option “dst” of
        a trigger decides what then runs.
      </p>
      {error && <Fault error={error} />}
      {data?.items.length === 0 && (
        <Empty>In no time zone of an active task do the clocks change in the next {days} days.</Empty>
      )}
      <ul className="plain clock-changes">
        {data?.items.map((change) => (
          <li key={`${change.at} ${change.zone}`}>
            <OneChange change={change} />
          </li>
        ))}
      </ul>
      {data?.truncated === true && (
        <p className="muted">Not all tasks were looked at, or not all that the changes do to them is told.</p>
      )}
    </Section>
  );
}

function OneChange({ change }: { change: Change }): ReactNode {
  const { zone, at, tasks, truncated } = change;
  return (
    <>
      <p>
        <b>
          <At at={at} taskZone={zone} />
        </b>{' '}
        In <Foreign value={zone} most={64} /> the clocks go {movementOf(change)}.
      </p>
      {tasks.length === 0 && <p className="muted">No task has an occurrence in this time.</p>}
      <ul className="plain">
        {tasks.map((task) => (
          <li key={task.id}>
            <Affected task={task} change={change} />
          </li>
        ))}
      </ul>
      {truncated && <p className="muted">There are more tasks.</p>}
    </>
  );
}

function Affected({ task, change }: { task: Change['tasks'][number]; change: Change }): ReactNode {
  return (
    <>
      <TaskLink id={task.id} name={task.name} />:{' '}
      {task.occurrences.slice(0, SHOWN).map((time, index) => (
        <span key={time.local}>
          {index > 0 && '; '}
          {effectOf(time, change)}
          {time.at.map((at, which) => (
            <span key={at}>
              {which === 0 ? ', at ' : ' and '}
              <At at={at} taskZone={change.zone} />
            </span>
          ))}
        </span>
      ))}
      {(task.more || task.occurrences.length > SHOWN) && '; and more'}
    </>
  );
}
