import { StopSignal } from './stop-signal.js';

// Before everything else is loaded, which takes a second in which the process may be told to end.
const signal = new StopSignal();
const { serve } = await import('./serve.js');
await serve(signal);
