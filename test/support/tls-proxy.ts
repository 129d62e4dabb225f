import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';

/** Certificates that an authority of the test's own has signed, in files. */
export class Certificates {
  private readonly folder = mkdtempSync(join(tmpdir(), 'task-runner-tls-'));

  constructor() {
    const subject = ['-subj', '/CN=authority of the test'];
    this.openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', ...subject, '-days', '2', '-keyout', 'ca.key', '-out', 'ca.pem'); // prettier-ignore
    for (const name of ['server', 'client']) this.sign(name);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true });
  }

  private sign(name: string): void {
    const names = ['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
    this.openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', `/CN=${name}`, ...names, '-keyout', `${name}.key`, '-out', `${name}.csr`); // prettier-ignore
    this.openssl('x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-copy_extensions', 'copy', '-out', `${name}.pem`); // prettier-ignore
  }

  private openssl(...words: string[]): void {
    execFileSync('openssl', words, { cwd: this.folder, stdio: 'ignore' });
  }
}

/** Takes TLS from clients that the authority knows, and hands on to a server without it. */
export class TlsProxy {
  private readonly sockets = new Set<Socket>();
  /** How many clients have shown a certificate. */
  known = 0;

  private constructor(private readonly server: Server) {}

  static async before(port: number, certificates: Certificates): Promise<TlsProxy> {
    const material = {
      key: certificates.read('server.key'),
      cert: certificates.read('server.pem'),
      ca: certificates.read('ca.pem'),
    };
    const server = createServer({ ...material, requestCert: true, rejectUnauthorized: true });
    const proxy = new TlsProxy(server);
    server.on('secureConnection', (client) => {
      proxy.known++;
      const behind = connect(port, '127.0.0.1');
      for (const socket of [client, behind]) {
        proxy.sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => [client, behind].forEach((each) => each.destroy()));
      }
      client.pipe(behind).pipe(client);
    });
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}
