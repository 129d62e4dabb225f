import { Link, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useActs, useMay } from '../acts/use-acts.ts';

/** What stands where there are no tasks yet. */
export function FirstStep(): ReactNode {
  const acts = useActs();
  const mayCreate = useMay('editor');
  const navigate = useNavigate();
  const create = async (): Promise<void> => {
    const id = await acts.createFirstTask();
    if (id !== null) void navigate({ to: '/tasks/$id', params: { id } });
  };
  return (
    <section className="card first-step" aria-label="First step">
      <h2>There are no tasks yet</h2>
      <p>A task has triggers, which say when, and an action, which says what.</p>
      {mayCreate ? (
        <div className="acts">
          <button type="button" className="main" onClick={() => void create()}>
            Create a task that runs every five seconds
          </button>
          <Link to="/tasks/new" className="button">
            Write your own
          </Link>
        </div>
      ) : (
        <p className="muted">Your role sees tasks; an editor creates them.</p>
      )}
    </section>
  );
}
