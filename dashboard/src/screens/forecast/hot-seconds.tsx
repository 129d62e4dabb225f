import { useState, type ReactNode } from 'react';
import { useMay } from '../../acts/use-acts.ts';
import type { Schemas } from '../../api/client.ts';
import { lengthOf } from '../../time/format.ts';
import { TaskLink } from '../../ui/links.tsx';
import { Empty, Section } from '../../ui/parts.tsx';
import { When } from '../../ui/time.tsx';
import { SpreadDialog } from './spread-dialog.tsx';
import { Who } from './who.tsx';
import { useTaskNames } from '../task-names.ts';

type HotSecond = Schemas['HotSecondResponse'];

/** Seconds in which many tasks start, with what would relieve them. */
export function HotSeconds({ seconds }: { seconds: readonly HotSecond[] }): ReactNode {
  return (
    <Section title="Hot seconds">
      <p className="muted">
        The most crowded first. Tasks that start in the same second wait for one another. A spread starts each of them a
        little later, every time by the same amount.
      </p>
      {seconds.length === 0 && <Empty>No second is crowded.</Empty>}
      <ul className="plain lines">
        {seconds.map((each) => (
          <Second key={each.at} second={each} />
        ))}
      </ul>
    </Section>
  );
}

function Second({ second }: { second: HotSecond }): ReactNode {
  const nameOf = useTaskNames();
  const mayEdit = useMay('editor');
  const [isAsking, setAsking] = useState(false);
  const [isSpreading, setSpreading] = useState(false);
  const { at, starts, tasks, suggestedSpreadMs } = second;
  return (
    <li>
      <When at={at} />
      <b>{starts.toLocaleString('en')} starts</b>
      <button type="button" className="small" onClick={() => setAsking(true)}>
        Who?
      </button>
      {isAsking && <Who at={at} stepMs={1000} onClose={() => setAsking(false)} />}
      <details>
        <summary>{tasks.length === 20 ? 'The first 20 tasks' : `${tasks.length} tasks`} without a spread</summary>
        <ul className="plain">
          {tasks.map((id) => (
            <li key={id}>
              <TaskLink id={id} name={nameOf(id)} />
            </li>
          ))}
        </ul>
      </details>
      {mayEdit && tasks.length > 0 && (
        <button type="button" className="end small" onClick={() => setSpreading(true)}>
          Spread {tasks.length === 1 ? 'it' : `these ${tasks.length}`} over {lengthOf(suggestedSpreadMs)}…
        </button>
      )}
      {isSpreading && <SpreadDialog second={second} onClose={() => setSpreading(false)} />}
    </li>
  );
}
