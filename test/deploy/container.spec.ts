import { runInNewContext } from 'node:vm';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { loadSettings } from '../../src/settings/load-settings.js';
import { VARIABLES } from '../../src/settings/variables.js';
import { at, type Tree } from './tree.js';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

const dockerfile = read('Dockerfile').replaceAll('\\\n', ' ');
const instructions = dockerfile.split('\n').filter((line) => /^[A-Z]+ /.test(line));
const argumentsOf = (name: string): string[] =>
  instructions.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1).trim());

const image = Object.fromEntries(
  argumentsOf('ENV').flatMap((line) => line.split(/\s+/).map((pair) => pair.split('=', 2) as [string, string])),
);

const compose = parse(read('docker-compose.yml')) as Tree;
const runner = at(compose, 'services.runner') as Tree;

const filledIn: Record<string, string> = {
  JWT_SECRET: 'an example of 32 bytes or longer!',
  ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
};

/** Substitutes `${NAME:?why}` and `${NAME:-default}` as compose does. */
const expand = (value: string): string =>
  value.replaceAll(
    /\$\{([A-Z_]+):([?-])([^}]*)\}/g,
    (_, name: string, mark: string, rest: string) => filledIn[name] ?? (mark === '-' ? rest : ''),
  );

const environment = Object.fromEntries(
  Object.entries(runner['environment'] as Record<string, string>).map(([name, value]) => [name, expand(value)]),
);

const known = (name: string): boolean => name === 'NODE_ENV' || name in VARIABLES;

describe('the Dockerfile', () => {
  it('copies only what is there and what is not ignored', () => {
    const sources = argumentsOf('COPY')
      .filter((line) => !line.startsWith('--from='))
      .flatMap((line) => line.split(/\s+/).slice(0, -1));
    const kept = read('.dockerignore')
      .split('\n')
      .map((line) => line.replace(/^!/, ''));
    expect(sources.length).toBeGreaterThan(5);
    expect(sources.filter((source) => !existsSync(join(root, source)))).toEqual([]);
    expect(sources.map((source) => source.replace('./', '')).filter((source) => !kept.includes(source))).toEqual([]);
  });

  it('starts what the package starts', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: { start: string } };
    expect((JSON.parse(argumentsOf('CMD').at(-1)!) as string[]).join(' ')).toBe(scripts.start);
  });

  it('sets an environment that the service accepts once the secrets are there', () => {
    expect(Object.keys(image).filter((name) => !known(name))).toEqual([]);
    expect(loadSettings({ ...image, ...filledIn })).toMatchObject({ production: true, host: '0.0.0.0' });
  });

  it('runs as a user without rights, who may write to the volume of the store', () => {
    expect(argumentsOf('USER')).toEqual(['1000:1000']);
    expect(argumentsOf('VOLUME')).toEqual(['/data']);
    expect(image['STORE_URL']).toBe('file:/data/tasks.db');
  });

  it('listens where it is exposed and checked', () => {
    expect(argumentsOf('EXPOSE')).toEqual([image['PORT']]);
    expect(argumentsOf('HEALTHCHECK')[0]).toContain('/health/live');
    expect(argumentsOf('STOPSIGNAL')).toEqual(['SIGTERM']);
  });
});

describe('docker-compose.yml', () => {
  it('gives the service an environment that it accepts', () => {
    expect(Object.keys(environment).filter((name) => !known(name))).toEqual([]);
    expect(loadSettings(environment)).toMatchObject({
      production: true,
      storeUrl: 'mongodb://mongodb:27017/tasks?replicaSet=rs0',
    });
  });

  it('publishes the port on which the service listens, on loopback only', () => {
    expect(runner['ports']).toEqual([`127.0.0.1:3000:${environment['PORT']}`]);
  });

  it('waits for the MongoDB that it names', () => {
    const host = new URL(environment['STORE_URL']!).hostname;
    expect(at(compose, `services.${host}.image`)).toBe('mongo:7');
    expect(at(runner, `depends_on.${host}.condition`)).toBe('service_healthy');
    expect(at(compose, `services.${host}.healthcheck.test`)).toBeDefined();
  });

  it('makes MongoDB a replica set once, and waits for its primary', () => {
    const { searchParams, host } = new URL(environment['STORE_URL']!);
    const name = searchParams.get('replicaSet')!;
    expect(at(compose, 'services.mongodb.command')).toEqual(expect.arrayContaining(['--replSet', name]));
    const script = (at(compose, 'services.mongodb.healthcheck.test') as string[]).at(-1)!;
    const made: unknown[] = [];
    const check = (isMade: boolean, isWritablePrimary: boolean): string => {
      const status = () => {
        if (!isMade) throw new Error('no replset config has been received');
      };
      const rs = { status, initiate: (config: unknown) => void made.push(config) };
      const quit = (code: number) => {
        throw new Error(`exit ${code}`);
      };
      try {
        runInNewContext(script, { rs, db: { hello: () => ({ isWritablePrimary }) }, quit });
      } catch (error) {
        return (error as Error).message;
      }
      return 'healthy';
    };
    expect([check(false, false), check(true, false), check(true, true)]).toEqual(['exit 1', 'exit 1', 'healthy']);
    expect(made).toEqual([{ _id: name, members: [{ _id: 0, host }] }]);
  });

  it('keeps the data in a volume that it declares', () => {
    const [volume = ''] = at(compose, 'services.mongodb.volumes') as string[];
    expect(Object.keys(compose['volumes'] as Tree)).toContain(volume.split(':')[0]);
  });

  it('lets the service finish its runs before it is killed', () => {
    const { shutdownGraceMs } = loadSettings(environment).engine;
    expect(Number.parseInt(String(runner['stop_grace_period']), 10) * 1000).toBeGreaterThan(shutdownGraceMs);
  });

  it('takes from .env what .env.example explains', () => {
    const taken = [...read('docker-compose.yml').matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name);
    const explained = [...read('.env.example').matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(new Set(taken)).toEqual(new Set(explained));
  });
});
