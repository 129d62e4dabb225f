import { Logger } from '@nestjs/common';
import { createClient } from '@redis/client';
import { SettingsError, StoreUnavailableError } from '../../domain/errors.js';
import { socketOf, type RedisPlace } from '../../settings/redis-place.js';

/** How long a connection may take to open, and how long the server may be silent before the connection is reopened. */
const PATIENCE_MS = 5000;
const PING_EVERY_MS = 2000;
const LONGEST_PAUSE_MS = 1000;

type Client = ReturnType<typeof clientOf>;

/** Without a connection, commands fail at once: a delayed command would come too late to be of use. */
const clientOf = ({ url, tls }: RedisPlace) =>
  createClient({
    url,
    name: 'scheduled-task-runner',
    disableOfflineQueue: true,
    pingInterval: PING_EVERY_MS,
    socket: {
      ...socketOf({ url, tls }),
      connectTimeout: PATIENCE_MS,
      socketTimeout: PATIENCE_MS,
      reconnectStrategy: (retries) => Math.min(50 * 2 ** retries, LONGEST_PAUSE_MS),
    },
  });

/** One connection to a Redis server; it reopens itself after an outage. */
export class RedisConnection {
  private isOut = false;
  private readonly logger = new Logger(RedisConnection.name);

  private constructor(
    private readonly client: Client,
    readonly server: string,
  ) {
    client.on('error', (error: Error) => this.went(error));
    client.on('ready', () => this.cameBack());
  }

  /** Connects; rejects with a `StoreUnavailableError` when the server is not found within five seconds. */
  static async open(place: RedisPlace): Promise<RedisConnection> {
    const connection = new RedisConnection(parsed(place), serverIn(place.url));
    await connection.connect();
    return connection;
  }

  /** Runs a script, atomically. @throws StoreUnavailableError */
  run(script: string, keys: readonly string[], values: readonly (string | number)[]): Promise<unknown> {
    return this.asked((client) => client.eval(script, { keys: [...keys], arguments: values.map(String) }));
  }

  /** Checks that the server answers. @throws StoreUnavailableError */
  async ping(): Promise<void> {
    await this.asked((client) => client.ping());
  }

  /** Closes the connection; every later operation rejects. */
  close(): void {
    if (this.client.isOpen) this.client.destroy();
  }

  /** The client would try forever; a start must learn about the failure. */
  private async connect(): Promise<void> {
    let failure: unknown = new Error('it does not answer');
    this.client.once('error', (error: unknown) => (failure = error));
    const opening = this.client.connect().catch((error: unknown) => (failure = error));
    const deadline = AbortSignal.timeout(PATIENCE_MS);
    await Promise.race([opening, new Promise((resolve) => deadline.addEventListener('abort', resolve))]);
    if (this.client.isReady) return;
    this.close();
    throw this.unavailable(failure);
  }

  private async asked<Result>(ask: (client: Client) => Promise<Result>): Promise<Result> {
    try {
      return await ask(this.client);
    } catch (error) {
      throw this.unavailable(error);
    }
  }

  private unavailable(error: unknown): StoreUnavailableError {
    return new StoreUnavailableError(`${this.server} cannot be used: ${reasonOf(error)}`);
  }

  private went(error: Error): void {
    if (!this.isOut) this.logger.warn(`${this.server} is out: ${reasonOf(error)}`);
    this.isOut = true;
  }

  private cameBack(): void {
    if (this.isOut) this.logger.log(`${this.server} is back.`);
    this.isOut = false;
  }
}

/** Without a cause: the client's message about an unreadable address may quote it. */
function parsed(place: RedisPlace): Client {
  try {
    return clientOf(place);
  } catch {
    throw new SettingsError('REDIS_URL must be a URL such as redis://host:6379/0 or rediss://…');
  }
}

/** The server's address, without the credentials. */
function serverIn(url: string): string {
  const { hostname, port } = new URL(url);
  return `Redis at ${hostname}:${port || '6379'}`;
}

/** Why the client failed. When several addresses of a host fail together, the error has no message of its own. */
function reasonOf(error: unknown): string {
  const root: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return root instanceof Error ? root.message : String(root);
}
