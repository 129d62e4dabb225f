import type ts from 'typescript';

export type Compiler = typeof ts;

/** Where the compiler sees the files; what it does not find there it does not load. */
const ROOT = '/source';

/** Stands for @nestjs/schedule and cron, so that every way to their exports leads here, and for their names. */
const STUBS: Readonly<Record<string, string>> = {
  '@nestjs/schedule': `
    export declare function Cron(...given: any[]): any;
    export declare function Interval(...given: any[]): any;
    export declare function Timeout(...given: any[]): any;
    export declare class SchedulerRegistry {
      addCronJob(...given: any[]): void;
      addInterval(...given: any[]): void;
      addTimeout(...given: any[]): void;
    }
    export declare class ScheduleModule {}
  `,
  cron: 'export declare class CronJob { constructor(...given: any[]); static from(...given: any[]): CronJob; }',
};
const stubPath = (name: string): string => `${ROOT}/node_modules/${name}/index.d.ts`;

/** The packages whose exports are looked for. */
export const PACKAGES = Object.keys(STUBS);

export interface SourceProgram {
  checker: ts.TypeChecker;
  files: readonly ts.SourceFile[];
  /** The path of a file within the tree. */
  pathOf(file: ts.SourceFile): string;
  syntaxFaultOf(file: ts.SourceFile): string | undefined;
}

/** The files of a tree as a program whose names are resolved; `expressions` are the members of CronExpression. */
export function programOf(
  compiler: Compiler,
  tree: ReadonlyMap<string, string>,
  expressions: Readonly<Record<string, string>>,
): SourceProgram {
  const texts = new Map([...tree].map(([path, text]): [string, string] => [`${ROOT}/${path}`, text]));
  const members = Object.entries(expressions).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  for (const [name, text] of Object.entries(STUBS)) texts.set(stubPath(name), text);
  const schedule = stubPath('@nestjs/schedule');
  texts.set(schedule, `${texts.get(schedule)} export declare enum CronExpression { ${members.join(', ')} }`);
  const names = [...tree.keys()].filter((path) => !path.endsWith('.json')).map((path) => `${ROOT}/${path}`);
  const program = compiler.createProgram(names, optionsOf(compiler, tree), hostOf(compiler, texts));
  const sources = new Set(names);
  return {
    checker: program.getTypeChecker(),
    files: program.getSourceFiles().filter(({ fileName }) => sources.has(fileName)),
    pathOf: ({ fileName }) => fileName.slice(ROOT.length + 1),
    syntaxFaultOf: (file) => {
      const [fault] = program.getSyntacticDiagnostics(file);
      return fault && compiler.flattenDiagnosticMessageText(fault.messageText, ' ');
    },
  };
}

function optionsOf(compiler: Compiler, tree: ReadonlyMap<string, string>): ts.CompilerOptions {
  const { config } = compiler.readConfigFile('tsconfig.json', (path) => tree.get(path)) as {
    config?: { compilerOptions?: { paths?: ts.MapLike<string[]>; baseUrl?: string } };
  };
  const { paths, baseUrl } = config?.compilerOptions ?? {};
  // Paths begin at the base, or at the file itself.
  const base = typeof baseUrl === 'string' ? `/${baseUrl.replace(/^\.?\/?/, '')}`.replace(/\/$/, '') : '';
  return {
    ...{ noLib: true, types: [], experimentalDecorators: true, allowJs: false, noEmit: true },
    ...{ module: compiler.ModuleKind.ESNext, moduleResolution: compiler.ModuleResolutionKind.Bundler },
    target: compiler.ScriptTarget.ES2022,
    // Whatever is below the base can be named without a dot.
    paths: { ...(typeof paths === 'object' && paths), ...(base !== '' && { '*': ['./*'] }) },
    pathsBasePath: ROOT + base,
  };
}

function hostOf(compiler: Compiler, texts: ReadonlyMap<string, string>): ts.CompilerHost {
  return {
    getSourceFile: (name, target) => {
      const text = texts.get(name);
      return text === undefined ? undefined : compiler.createSourceFile(name, text, target, true);
    },
    fileExists: (name) => texts.has(name),
    readFile: (name) => texts.get(name),
    writeFile: () => undefined,
    getDefaultLibFileName: () => 'lib.d.ts',
    getCurrentDirectory: () => ROOT,
    getCanonicalFileName: (name) => name,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
  };
}

/** The export of a package that a declaration is, such as `Cron`; null for anything else. */
export function exportOf(declaration: ts.Declaration | undefined): { package: string; name: string } | null {
  const file = declaration?.getSourceFile().fileName;
  const found = PACKAGES.find((name) => stubPath(name) === file);
  const name = declaration && 'name' in declaration ? (declaration.name as ts.Node | undefined) : undefined;
  return found === undefined || name === undefined ? null : { package: found, name: name.getText() };
}
