// Loaded before the service: the process dies as by a power cut at the point that DIE_AT names, of what is marked.
import { isMainThread } from 'node:worker_threads';

const { DIE_AT, LEASE_MS } = process.env;
const of = async (module, name) => (await import(`../../dist/${module}.js`))[name].prototype;

function die() {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => undefined);
}

/** Dies once the method has done its work, where its arguments are the ones. */
function after(prototype, method, isIt = () => true) {
  const own = prototype[method];
  prototype[method] = async function dieAfter(...values) {
    const result = await own.apply(this, values);
    return isIt(...values) ? die() : result;
  };
}

const isLast = ({ data }) => data?.last === true;
const POINTS = {
  'runs stored, event not marked': async () =>
    after(await of('events/events.service', 'EventChannel'), 'forward', isLast),
  'event in a window, not marked': async () =>
    after(await of('events/events.service', 'EventChannel'), 'forward', isLast),
  'message stored, not confirmed': async () => after(await of('transports/message-intake', 'MessageIntake'), 'take'),
  'flow started, not stored': async () =>
    after(await of('integrations/test-flow/http-test-flow-service', 'HttpTestFlowService'), 'start'),
  'notification sent, not stored': async () => after(await of('notifications/senders/senders', 'Senders'), 'send'),
};

if (isMainThread) {
  await POINTS[DIE_AT]?.();
  if (LEASE_MS) {
    const worker = await of('notifications/deliveries/delivery-worker', 'DeliveryWorker');
    const { start } = worker;
    worker.start = function quick() {
      this.pace = { ...this.pace, leaseMs: Number(LEASE_MS), pollMs: 500 };
      start.call(this);
    };
  }
}
