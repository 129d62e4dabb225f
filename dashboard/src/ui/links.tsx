import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Foreign } from './text.tsx';
import { lookOf, Outcome } from './outcome.tsx';

export const TaskLink = ({ id, name }: { id: string; name: string }): ReactNode => (
  <Link to="/tasks/$id" params={{ id }} className="name">
    <Foreign value={name} most={120} />
  </Link>
);

export const RunLink = ({ run }: { run: { id: string; state: string } }): ReactNode => (
  <Link to="/runs/$id" params={{ id: run.id }} aria-label={`Run ${run.id}: ${lookOf(run.state).word}`}>
    <Outcome state={run.state} />
  </Link>
);
