import { cpus, loadavg, release, totalmem } from 'node:os';

/** The machine on which the figures were measured, and when. */
export function describeMachine(began, ended) {
  const [{ model }] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const minutes = Math.round((ended - began) / 60_000);
  return [
    `${cpus().length} × ${model.trim()}, ${memory} GiB, Linux ${release()}, Node ${process.version}`,
    `${began.toISOString().slice(0, 10)}, ${minutes} minutes, load at the end ${loadavg()[0].toFixed(1)}`,
  ];
}
