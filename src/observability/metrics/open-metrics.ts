import { Registry, type Metric, type OpenMetricsContentType } from 'prom-client';

/** What a registry needs of a metric to write it. */
interface Written {
  type: string;
  get(): Promise<{ name: string }>;
  getForPromString?(): Promise<{ name: string }>;
}

const SUFFIX = /_total$/;

/** An empty registry of that form. */
export function openRegistry(): Registry<OpenMetricsContentType> {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  return registry;
}

/**
 * The metrics in the form of OpenMetrics, which has exemplars. Its counters are named without their suffix; prom-client would
 * rename them for good, so that it gets others in their place.
 */
export async function openMetrics(known: Registry): Promise<string> {
  const registry = openRegistry();
  for (const metric of known.getMetricsAsArray() as unknown as (Written & { name: string })[]) {
    registry.registerMetric((metric.type === 'counter' ? withoutSuffix(metric) : metric) as unknown as Metric);
  }
  return registry.metrics();
}

function withoutSuffix(metric: Written & { name: string }): Written & { name: string } {
  const name = metric.name.replace(SUFFIX, '');
  const get = async () => ({ ...(await (metric.getForPromString?.() ?? metric.get())), name });
  return { name, type: metric.type, get, getForPromString: get };
}
