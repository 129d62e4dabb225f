import { useInfiniteQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useActs, useMay } from '../../acts/use-acts.ts';
import { api, got, type Schemas } from '../../api/client.ts';
import { REPORTS_BY } from '../../api/filters.ts';
import { schedulesQuery } from '../../api/queries.ts';
import { patchOf } from '../../forms/draft.ts';
import { ChoiceField, NumberField, SetField, TextField } from '../../forms/fields.tsx';
import { FormDialog } from '../../forms/form-dialog.tsx';
import { itemsOf } from '../../ui/paged.tsx';
import { Empty, Fault, Section } from '../../ui/parts.tsx';
import { Removal } from '../../ui/removal.tsx';
import { Foreign } from '../../ui/text.tsx';
import { When } from '../../ui/time.tsx';
import { tell } from '../../ui/toasts.tsx';
import { useChannels } from '../notifications/use-channels.ts';

type Schedule = Schemas['ReportScheduleResponse'];
type Channel = Schemas['NotificationChannelResponse'];

/** Reports that go to channels by themselves. */
export function Schedules(): ReactNode {
  const schedules = useInfiniteQuery(schedulesQuery);
  const { channels, nameOf } = useChannels();
  const mayEdit = useMay('editor');
  const [isCreating, setCreating] = useState(false);
  const items = itemsOf(schedules.data);
  return (
    <Section
      title="Sent regularly"
      aside={
        mayEdit &&
        channels.length > 0 && (
          <button type="button" onClick={() => setCreating(true)}>
            New schedule
          </button>
        )
      }
    >
      {schedules.error && <Fault error={schedules.error} />}
      {schedules.data && items.length === 0 && (
        <Empty>
          No report is sent by itself.
          {channels.length === 0 && ' It needs a channel, which stands under Notifications.'}
        </Empty>
      )}
      <ul className="plain lines">
        {items.map((each) => (
          <OneSchedule key={each.id} schedule={each} channels={channels} nameOf={nameOf} mayEdit={mayEdit} />
        ))}
      </ul>
      {isCreating && (
        <FormDialog
          title="New schedule of a report"
          start={{ name: '', period: 'day', by: 'task', channels: channels.slice(0, 1).map(({ id }) => id) }}
          act="Create"
          send={(draft) => got(api.POST('/v1/report-schedules', { body: draft as never }))}
          onDone={() => {
            setCreating(false);
            tell('The report is sent from now on.');
          }}
          onClose={() => setCreating(false)}
        >
          {() => <ScheduleFields channels={channels} />}
        </FormDialog>
      )}
    </Section>
  );
}

const ScheduleFields = ({ channels }: { channels: readonly Channel[] }): ReactNode => (
  <>
    <TextField pointer="/name" label="Name" isNeeded />
    <SetField pointer="/channels" label="To" choices={channels.map(({ id, name }) => [id, name] as const)} />
    <div className="pair">
      <ChoiceField
        pointer="/period"
        byDefault="day"
        label="How often"
        choices={[
          ['day', 'each day'],
          ['week', 'each week'],
        ]}
      />
      <NumberField pointer="/hour" label="Hour, in UTC" hint="Empty: 6." />
      <ChoiceField
        pointer="/by"
        byDefault="task"
        label="Lines"
        choices={REPORTS_BY.map((each) => [each, each] as const)}
      />
      <TextField pointer="/tag" label="Only tasks with this tag" />
    </div>
  </>
);

interface Props {
  schedule: Schedule;
  channels: readonly Channel[];
  nameOf: (channel: string) => string;
  mayEdit: boolean;
}

function OneSchedule({ schedule, channels, nameOf, mayEdit }: Props): ReactNode {
  const acts = useActs();
  const [isEditing, setEditing] = useState(false);
  const { id, name, by, period, hour, nextAt, channels: to, tag } = schedule;
  const remove = (): Promise<unknown> =>
    acts.do(async () => {
      await got(api.DELETE('/v1/report-schedules/{id}', { params: { path: { id } } }));
      tell('The report is sent no more.');
    });
  return (
    <li>
      <b>
        <Foreign value={name} most={60} />
      </b>
      <span className="muted">
        Each {period} at {hour}:00 UTC to <Foreign value={to.map(nameOf).join(', ')} most={100} />; one line for each{' '}
        {by}
        {tag !== null && (
          <>
            {' '}
            of the tag <Foreign value={tag} most={40} />
          </>
        )}
      </span>
      <span>
        next <When at={nextAt} />
      </span>
      {mayEdit && (
        <span className="acts-inline end">
          <button type="button" className="small" aria-label={`Edit ${name}`} onClick={() => setEditing(true)}>
            Edit…
          </button>
          <Removal what="schedule" name={name} className="small" onRemove={() => void remove()}>
            The report is sent no more. It can still be looked at here.
          </Removal>
        </span>
      )}
      {isEditing && <EditSchedule schedule={schedule} channels={channels} onClose={() => setEditing(false)} />}
    </li>
  );
}

/** Changes a schedule, unless somebody else has changed it meanwhile. */
function EditSchedule({
  schedule,
  channels,
  onClose,
}: Pick<Props, 'schedule' | 'channels'> & { onClose: () => void }): ReactNode {
  // What is edited stays as it was read: a later version is a conflict.
  const [{ id, version, name, by, period, hour, channels: to, tag }] = useState(schedule);
  const start = { name, by, period, hour, channels: to, ...(tag !== null && { tag }) };
  const params = { path: { id }, header: { 'If-Match': `"${version}"` } };
  return (
    <FormDialog
      title="Edit the schedule"
      start={start}
      act="Save"
      send={(draft) => got(api.PATCH('/v1/report-schedules/{id}', { params, body: patchOf(start, draft) as never }))}
      onDone={() => {
        onClose();
        tell('The schedule is changed.');
      }}
      onClose={onClose}
    >
      {() => <ScheduleFields channels={channels} />}
    </FormDialog>
  );
}
