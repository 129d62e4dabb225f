import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import {
  auditFilterOf,
  deliveryFilterOf,
  eventFilterOf,
  forecastViewOf,
  reportFilterOf,
  resultOf,
  runViewOf,
  TASK_TABS,
  taskViewOf,
} from '../api/filters.ts';
import { Overview } from '../screens/overview.tsx';
import { BASE } from './base.ts';
import { Broken, Nowhere } from './nowhere.tsx';
import { Shell } from './shell.tsx';

const root = createRootRoute({ component: Shell, notFoundComponent: Nowhere, errorComponent: Broken });

const overview = createRoute({ getParentRoute: () => root, path: '/', component: Overview });
const tasks = createRoute({
  getParentRoute: () => root,
  path: '/tasks',
  validateSearch: taskViewOf,
  component: lazyRouteComponent(() => import('../screens/tasks.tsx'), 'Tasks'),
});
const task = createRoute({
  getParentRoute: () => root,
  path: '/tasks/$id',
  validateSearch: (search: Record<string, unknown>) => {
    const tab = TASK_TABS.find((each) => each === search['tab']);
    const why = typeof search['why'] === 'string' ? search['why'] : undefined;
    return { ...(tab && { tab }), ...(why !== undefined && { why }) };
  },
  component: lazyRouteComponent(() => import('../screens/task.tsx'), 'TaskScreen'),
});
const newTask = createRoute({
  getParentRoute: () => root,
  path: '/tasks/new',
  component: lazyRouteComponent(() => import('../screens/editor/editor.tsx'), 'NewTask'),
});
const editTask = createRoute({
  getParentRoute: () => root,
  path: '/tasks/$id/edit',
  component: lazyRouteComponent(() => import('../screens/editor/editor.tsx'), 'EditTask'),
});
const runs = createRoute({
  getParentRoute: () => root,
  path: '/runs',
  validateSearch: runViewOf,
  component: lazyRouteComponent(() => import('../screens/runs.tsx'), 'Runs'),
});
const run = createRoute({
  getParentRoute: () => root,
  path: '/runs/$id',
  component: lazyRouteComponent(() => import('../screens/run.tsx'), 'RunScreen'),
});
const forecast = createRoute({
  getParentRoute: () => root,
  path: '/forecast',
  validateSearch: forecastViewOf,
  component: lazyRouteComponent(() => import('../screens/forecast/forecast.tsx'), 'Forecast'),
});
const events = createRoute({
  getParentRoute: () => root,
  path: '/events',
  validateSearch: eventFilterOf,
  component: lazyRouteComponent(() => import('../screens/events/events.tsx'), 'Events'),
});
const webhooks = createRoute({
  getParentRoute: () => root,
  path: '/webhooks',
  component: lazyRouteComponent(() => import('../screens/webhooks/webhooks.tsx'), 'Webhooks'),
});
const webhook = createRoute({
  getParentRoute: () => root,
  path: '/webhooks/$id',
  validateSearch: resultOf,
  component: lazyRouteComponent(() => import('../screens/webhooks/webhook.tsx'), 'Webhook'),
});
const notifications = createRoute({
  getParentRoute: () => root,
  path: '/notifications',
  validateSearch: deliveryFilterOf,
  component: lazyRouteComponent(() => import('../screens/notifications/notifications.tsx'), 'Notifications'),
});
const reports = createRoute({
  getParentRoute: () => root,
  path: '/reports',
  validateSearch: reportFilterOf,
  component: lazyRouteComponent(() => import('../screens/reports/reports.tsx'), 'Reports'),
});
const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  component: lazyRouteComponent(() => import('../screens/settings/settings.tsx'), 'Settings'),
});
const keys = createRoute({
  getParentRoute: () => root,
  path: '/keys',
  component: lazyRouteComponent(() => import('../screens/keys/keys.tsx'), 'Keys'),
});
const instances = createRoute({
  getParentRoute: () => root,
  path: '/instances',
  component: lazyRouteComponent(() => import('../screens/instances.tsx'), 'Instances'),
});
const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  validateSearch: auditFilterOf,
  component: lazyRouteComponent(() => import('../screens/audit.tsx'), 'Audit'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    ...[overview, tasks, newTask, task, editTask, runs, run, forecast, events],
    ...[webhooks, webhook, notifications, reports, settings, keys, instances, audit],
  ]),
  basepath: BASE,
  scrollRestoration: false,
  defaultErrorComponent: Broken,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
