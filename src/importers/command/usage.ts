/** How the command is called. */
export const USAGE = `Imports tasks from another scheduler.

  scheduled-task-runner import crontab FILE... [--system] [--time-zone ZONE] [--handler NAME]
  scheduled-task-runner import kubernetes FILE... [--time-zone ZONE] [--handler NAME]
  scheduled-task-runner import bullmq --redis URL [--prefix bull] [--queue NAME]... [--time-zone ZONE] [--handler NAME]
  scheduled-task-runner import agenda --mongodb URL [--collection agendaJobs] [--time-zone ZONE] [--handler NAME]
  scheduled-task-runner import agenda FILE... (exports of the collection)
  scheduled-task-runner import nest FOLDER... [--time-zone ZONE] (decorators of @nestjs/schedule in TypeScript)

Where to:
  --url URL            the service, with a token or API key in TASK_RUNNER_TOKEN (or --token-file FILE)
  --store URL          a store, file:… or mongodb://… (the key ring in ENCRYPTION_KEYS)
  --organization NAME  the organization in the store (default)

How:
  --dry-run            stores nothing; without --url and --store there is nothing to compare with
  --update             changes tasks of earlier imports whose entries say something else now
  --scope NAME         tells this source from others of its kind (for a crontab: the name of its file)
  --output FORMAT      table, or json

Exit code: 0 everything is carried over; 1 the import failed; 2 the command is wrong; 3 something was left out.
`;

/** The command was called in a wrong way. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
