import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { calendarQuery } from '../../api/queries.ts';
import { Empty, Fault } from '../../ui/parts.tsx';
import { Table } from '../../ui/table.tsx';
import { Foreign } from '../../ui/text.tsx';
import { monthsOf } from './calendars.model.ts';

/** What do the calendars that are saved leave out, and who uses them? */
export function Calendars({ names }: { names: readonly string[] }): ReactNode {
  const [name, setName] = useState('');
  if (names.length === 0) return null;
  return (
    <>
      <label>
        Days of the coming year that are left out by{' '}
        <select value={name} onChange={(event) => setName(event.target.value)}>
          <option value="">choose a calendar</option>
          {names.map((each) => (
            <option key={each} value={each}>
              {each}
            </option>
          ))}
        </select>
      </label>
      {names.includes(name) && <Days name={name} />}
    </>
  );
}

function Days({ name }: { name: string }): ReactNode {
  const { data, error } = useQuery(calendarQuery(name));
  if (error) return <Fault error={error} />;
  if (!data) return null;
  const { days, windows, tasks, timeZone, truncated } = data;
  return (
    <>
      {days.length === 0 && windows.length === 0 && <Empty>It leaves nothing out.</Empty>}
      {days.length > 0 && (
        <Table
          label={`Days that ${name} leaves out`}
          items={monthsOf(days)}
          keyOf={({ month }) => month}
          columns={[
            { name: 'Month', cell: ({ month }) => month },
            { name: 'Left out', cell: ({ leftOut }) => leftOut },
          ]}
        />
      )}
      {windows.length > 0 && <p>Of each other day: {windows.map(({ from, to }) => `${from} to ${to}`).join(', ')}.</p>}
      <p className="muted">
        By the clock of {timeZone}.{truncated && ' Not all days or tasks are told.'}
      </p>
      {tasks.length === 0 ? (
        <p className="muted">No task uses it.</p>
      ) : (
        <ul>
          {tasks.map(({ id, name: task, mode }) => (
            <li key={id}>
              <Link to="/tasks/$id" params={{ id }}>
                <Foreign value={task} most={60} />
              </Link>{' '}
              {mode === 'shift' ? 'moves its occurrences' : 'leaves them out'}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
